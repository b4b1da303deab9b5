/** DICOM files (PS3.10) and data sets: https://www.dicomstandard.org/current */
import type { Engine, Examined, Identity, Report } from '../engine.ts';
import type { DataSet } from './data-set.ts';
import { readText } from './data-set.ts';
import { commonModules, formatTag, mandatoryModules, nameOf, sopClassName } from './dictionary.ts';
import type { Opened } from './file.ts';
import { openFile } from './file.ts';
import { readDataSet } from './reader.ts';
import { RequirementCheck } from './requirements.ts';
import type { Find } from './rules.ts';
import { rules } from './rules.ts';
import { ValueCheck } from './values.ts';

const SOP_CLASS = 0x00080016;
const SOP_INSTANCE = 0x00080018;
const MEDIA_SOP_CLASS = 0x00020002;
const MEDIA_SOP_INSTANCE = 0x00020003;
const SOURCE_AE_TITLE = 0x00020016;
const LONGEST_ID = 64;

const unidentified: Identity = { version: null, type: null, controlId: null, sender: null };

/** The version is always null: every edition of DICOM continues the one before. */
export const dicomEngine: Engine = { format: 'dicom', rules, examine };

function examine({ bytes, size }: Examined, report: Report): Identity {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const opened = openFile({ bytes: buffer, isHead: size > bytes.length }, report);
  return opened === null ? unidentified : examineObject(opened, report);
}

function examineObject(opened: Opened, find: Find): Identity {
  const { body } = opened;
  const values = new ValueCheck(find);
  const root = readDataSet({
    ...body,
    find,
    visit: (element, set, source) => values.visit(element, set, source),
  });
  const uids = uidsOf(opened, root);
  checkMatch(root, uids, find);
  checkSopClass(root, uids.sopClass, opened, find);
  return {
    version: null,
    type: sopClassName(uids.sopClass),
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

function checkSopClass(root: DataSet, sopClass: string, { body }: Opened, find: Find): void {
  const isKnown = sopClassName(sopClass) !== null;
  if (sopClass !== '' && !isKnown) {
    const message = 'The standard has no such storage SOP class: what it requires was not checked.';
    find('dicom/sop-class', formatTag(SOP_CLASS), message);
  }
  const modules = isKnown ? mandatoryModules(sopClass) : commonModules();
  new RequirementCheck(body.source, find).check(root, modules);
}

function short(text: string): string | null {
  return text !== '' && text.length <= LONGEST_ID ? text : null;
}
