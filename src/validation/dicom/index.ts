/** DICOM files (PS3.10) and data sets: https://www.dicomstandard.org/current */
import type { Engine, Examined, Identity, Report } from '../engine.ts';
import type { DataSet } from './data-set.ts';
import { formatTag, readText } from './data-set.ts';
import { common, sopClassOf } from './definitions.ts';
import { nameOf } from './dictionary.ts';
import type { Opened } from './file.ts';
import { openFile } from './file.ts';
import { HEAD_BYTES, reachesPixels } from './head.ts';
import { PixelDataCheck } from './pixel-data.ts';
import type { Reading } from './reader.ts';
import { readDataSet } from './reader.ts';
import { RequirementCheck } from './requirements.ts';
import type { Find } from './rules.ts';
import { rules } from './rules.ts';
import { ValueCheck } from './values.ts';

const SOP_CLASS = 0x00080016;
const SOP_INSTANCE = 0x00080018;
const STUDY_INSTANCE = 0x0020000d;
const SERIES_INSTANCE = 0x0020000e;
const FRAME_OF_REFERENCE = 0x00200052;
const MEDIA_SOP_CLASS = 0x00020002;
const MEDIA_SOP_INSTANCE = 0x00020003;
const SOURCE_AE_TITLE = 0x00020016;
const LONGEST_ID = 64;
/** Below it are the UIDs that the standard itself gives (PS3.5, 9). */
const DICOM_ROOT = '1.2.840.10008.';

const unidentified: Identity = { version: null, type: null, controlId: null, sender: null };

/** The version is always null: every edition of DICOM continues the one before. */
export const dicomEngine: Engine = { format: 'dicom', rules, examine };

function examine({ bytes, size }: Examined, report: Report): Identity {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new ValueCheck(report);
  const visit: Reading['visit'] = (element, set, source) => values.visit(element, set, source);
  const opened = openFile({ bytes: buffer, size: Math.max(size, bytes.length) }, report, visit);
  if (opened === null) return unidentified;
  const root = readDataSet({ ...opened.body, find: report, visit });
  if (size > bytes.length && bytes.length >= HEAD_BYTES && !reachesPixels(root)) {
    const message =
      'The object was read up to a large value or 64 MiB: the attributes behind were not checked.';
    report('dicom/unread', formatTag(root.lastTag), message);
  }
  return examineObject(root, opened, report);
}

function examineObject(root: DataSet, opened: Opened, find: Find): Identity {
  const { body } = opened;
  const uids = uidsOf(opened, root);
  checkMatch(root, uids, find);
  checkUids(root, opened, find);
  new PixelDataCheck(root, body.source, find).check(opened.isEncapsulated);
  checkSopClass(root, uids.sopClass, opened, find);
  return {
    version: null,
    type: sopClassOf(uids.sopClass)?.name ?? null,
    controlId: short(uids.instance),
    sender: short(
      opened.meta === null ? '' : readText(opened.metaSource, opened.meta.elements.get(SOURCE_AE_TITLE)),
    ),
  };
}

interface Uids {
  readonly sopClass: string;
  readonly instance: string;
  /** As the file meta information has them; empty where it has none. */
  readonly media: { readonly sopClass: string; readonly instance: string };
}

/** The object's own UIDs, else those of the file meta information. */
function uidsOf({ meta, metaSource, body }: Opened, root: DataSet): Uids {
  const ofMeta = (tag: number): string => readText(metaSource, meta?.elements.get(tag));
  const ofRoot = (tag: number): string => readText(body.source, root.elements.get(tag));
  const media = { sopClass: ofMeta(MEDIA_SOP_CLASS), instance: ofMeta(MEDIA_SOP_INSTANCE) };
  return {
    sopClass: ofRoot(SOP_CLASS) || media.sopClass,
    instance: ofRoot(SOP_INSTANCE) || media.instance,
    media,
  };
}

function checkMatch(root: DataSet, { sopClass, instance, media }: Uids, find: Find): void {
  const pairs = [
    [SOP_CLASS, media.sopClass, sopClass],
    [SOP_INSTANCE, media.instance, instance],
  ] as const;
  for (const [tag, ofMeta, ofRoot] of pairs) {
    if (ofMeta === '' || ofMeta === ofRoot || !root.elements.has(tag)) continue;
    const message = `${nameOf(tag)} is not the UID that the file meta information has.`;
    find('dicom/meta-mismatch', formatTag(tag), message);
  }
}

/** Each UID names one thing (PS3.5, 9). */
function checkUids(root: DataSet, { body }: Opened, find: Find): void {
  const seen = new Map<string, number>();
  for (const tag of [SOP_INSTANCE, STUDY_INSTANCE, SERIES_INSTANCE, FRAME_OF_REFERENCE]) {
    const uid = readText(body.source, root.elements.get(tag));
    const same = seen.get(uid);
    if (uid !== '' && same !== undefined) {
      find('dicom/uid-shared', formatTag(tag), `${nameOf(tag)} is the same UID as ${nameOf(same)}.`);
    }
    seen.set(uid, tag);
  }
}

function checkSopClass(root: DataSet, uid: string, { body }: Opened, find: Find): void {
  const sopClass = sopClassOf(uid);
  if (uid !== '' && sopClass === null) find('dicom/sop-class', formatTag(SOP_CLASS), unknownSopClass(uid));
  if (sopClass?.isRetired === true) {
    const message = `The SOP class ${sopClass.name} is retired: the standard no longer has it.`;
    find('dicom/retired-sop-class', formatTag(SOP_CLASS), message);
  }
  new RequirementCheck(body.source, find).check(root, sopClass?.definition ?? common);
}

function unknownSopClass(uid: string): string {
  const whose = uid.startsWith(DICOM_ROOT)
    ? 'The SOP class is newer than the tables of this validator, or none for storage'
    : 'The SOP class is private: the standard does not have it';
  return `${whose}; what it requires was not checked.`;
}

function short(text: string): string | null {
  return text !== '' && text.length <= LONGEST_ID ? text : null;
}
