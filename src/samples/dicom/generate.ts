/** Writes the synthetic DICOM files of this folder and their manifest: `node src/samples/dicom/generate.ts`. */
import { writeFileSync } from 'node:fs';
import type { Attribute, Options } from './encode.ts';
import { attribute as a, DEFLATED, encodeFile, uid } from './encode.ts';
import {
  byTag,
  ct,
  encapsulated,
  frameGroups,
  mr,
  put,
  report,
  secondaryCapture,
  segmentation,
  without,
} from './objects.ts';

interface Entry {
  readonly name: string;
  readonly file: string;
  readonly contentType: 'application/dicom';
  readonly valid: boolean;
  readonly title: string;
  readonly rules: readonly string[];
}

const IMPLICIT = '1.2.840.10008.1.2';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';
const RLE = '1.2.840.10008.1.2.5';

const entries: Entry[] = [];

good('ct', 'A CT image in explicit VR little endian', ct());
good('ct-implicit', 'A CT image in implicit VR little endian', ct(), { syntax: IMPLICIT, encoding: 'implicit' });
good('ct-big-endian', 'A CT image in explicit VR big endian', ct(), { syntax: BIG_ENDIAN, encoding: 'big-endian' });
good('mr', 'An MR image', mr());
good('sc', 'A secondary capture', secondaryCapture());
good('sc-deflated', 'A secondary capture, deflated', secondaryCapture(), { syntax: DEFLATED });
good('sc-rle', 'A secondary capture with encapsulated pixel data', encapsulated(), { syntax: RLE });
good('seg', 'A segmentation of two frames, with their functional groups', segmentation());
good('sr', 'A structured report with a nested section', report());

bad('type1-missing', 'A CT image without its study', without(ct(), '0020000d'));
bad('type2-missing', 'A CT image without the attribute for the patient’s name', without(ct(), '00100010'));
bad('type1c-missing', 'A CT image with a window that has a center and no width', put(ct(), '00281050', 'DS', '40'));
bad('type1-empty', 'A CT image with an empty modality', put(ct(), '00080060', 'CS', ''));
bad('value-format', 'A birth date that is no day of the calendar', put(ct(), '00100030', 'DA', '19801345'));
bad('pixel-data-length', 'Pixel data of fewer rows than the image has', put(ct(), '00280010', 'US', 5));
bad('encapsulation', 'Pixel data without fragments, where the transfer syntax promises them', secondaryCapture(), {
  syntax: RLE,
});
bad('frame-count', 'Functional groups of fewer frames than the image has', put(segmentation(), '52009230', 'SQ', [frameGroups(1)]));
bad('meta-mismatch', 'Another instance in the file meta information', put(ct(), '00080018', 'UI', uid('1.9')), {
  meta: (meta) => put(meta, '00020003', 'UI', uid('1.1')),
});
bad('meta-group', 'File meta information that ends elsewhere than it says', ct(), { finish: shiftGroupLength });
bad('transfer-syntax', 'A transfer syntax that the standard does not have', ct(), { syntax: uid('5') });
bad('vr', 'A value representation that the standard does not have', put(ct(), '00081030', 'ZZ', 'Chest'));
bad('tag-order', 'Attributes out of order', swapped(ct(), '00100010', '00100020'));
bad('sequence', 'A sequence with something else than items', report(), { finish: breakItem });
bad('preamble', 'A data set without preamble and prefix', ct(), { finish: (file) => file.subarray(132) });
bad('truncated', 'A file that ends within its pixel data', ct(), { finish: (file) => file.subarray(0, -9) });
bad('deflate', 'A deflated data set that cannot be inflated', secondaryCapture(), {
  syntax: DEFLATED,
  finish: (file) => file.subarray(0, -40),
});
bad('depth', 'Sequences that nest deeper than any receiver reads', [...ct(), nested(70)].sort(byTag));
bad('unreadable', 'Bytes that are no DICOM', [], { finish: () => Buffer.alloc(200, 'DCM ') });

writeFileSync(new URL('manifest.json', import.meta.url), `${JSON.stringify(entries, null, 2)}\n`);

function good(name: string, title: string, set: readonly Attribute[], options: Options = {}): void {
  write({ name, title, rules: [] }, set, options);
}

/** The name is that of the rule which finds the defect. */
function bad(name: string, title: string, set: readonly Attribute[], options: Options = {}): void {
  write({ name, title, rules: [`dicom/${name}`] }, set, options);
}

function write(
  { name, title, rules }: Pick<Entry, 'name' | 'title' | 'rules'>,
  set: readonly Attribute[],
  options: Options,
): void {
  const file = `${name}.dcm`;
  writeFileSync(new URL(file, import.meta.url), encodeFile(set, options));
  const valid = rules.length === 0;
  entries.push({ name: `dicom-${name}`, file, contentType: 'application/dicom', valid, title, rules });
}

// The defects

function swapped(set: readonly Attribute[], one: string, other: string): Attribute[] {
  const find = (tag: string): Attribute[] => set.filter((attribute) => attribute.tag === tag);
  return set.flatMap((attribute) => {
    if (attribute.tag === one) return find(other);
    return attribute.tag === other ? find(one) : [attribute];
  });
}

function nested(levels: number): Attribute {
  let attribute = a('00081140', 'SQ', []);
  for (let level = 0; level < levels; level += 1) attribute = a('00081140', 'SQ', [[attribute]]);
  return attribute;
}

/** The group length is the first value behind preamble, prefix and its own head. */
function shiftGroupLength(file: Buffer): Buffer {
  file.writeUInt32LE(file.readUInt32LE(140) + 8, 140);
  return file;
}

/** Turns the tag of the first item of the first sequence with items into another one. */
function breakItem(file: Buffer): Buffer {
  file[file.indexOf(Buffer.from([0xfe, 0xff, 0x00, 0xe0]))] = 0xfd;
  return file;
}
