/**
 * Writes the synthetic DICOM files of this folder and their manifest: `node src/samples/dicom/generate.ts`.
 *
 * Patients, studies and UIDs are invented (below 2.25, where anybody may make one); the images are 4 by 4 pixels.
 */
import { writeFileSync } from 'node:fs';
import type { Attribute, Options, Value } from './encode.ts';
import { attribute as a, DEFLATED, encodeFile, encodeTag, number32, uid } from './encode.ts';

interface Entry {
  readonly name: string;
  readonly file: string;
  readonly contentType: 'application/dicom';
  readonly valid: boolean;
  readonly title: string;
  readonly rules: readonly string[];
}

const CT = '1.2.840.10008.5.1.4.1.1.2';
const MR = '1.2.840.10008.5.1.4.1.1.4';
const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
const BASIC_TEXT_SR = '1.2.840.10008.5.1.4.1.1.88.11';

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
good('sr', 'A structured report with a nested section', report());

bad('type1-missing', 'A CT image without its study', without(ct(), '0020000d'));
bad('type2-missing', 'A CT image without the attribute for the patient’s name', without(ct(), '00100010'));
bad('type1-empty', 'A CT image with an empty modality', put(ct(), '00080060', 'CS', ''));
bad('value-format', 'A birth date that is no day of the calendar', put(ct(), '00100030', 'DA', '19801345'));
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

// The objects

function ct(): Attribute[] {
  return image(CT, 'CT', '1', [
    a('00080008', 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'),
    a('00180060', 'DS', '120'),
    a('00280004', 'CS', 'MONOCHROME2'),
    a('00281052', 'DS', '-1024'),
    a('00281053', 'DS', '1'),
    ...plane(),
  ]);
}

function mr(): Attribute[] {
  return image(MR, 'MR', '2', [
    a('00080008', 'CS', 'ORIGINAL\\PRIMARY\\M'),
    a('00180020', 'CS', 'SE'),
    a('00180021', 'CS', 'NONE'),
    a('00180022', 'CS', ''),
    a('00180023', 'CS', '2D'),
    a('00180080', 'DS', '500'),
    a('00180081', 'DS', '15'),
    a('00180091', 'IS', '1'),
    a('00280004', 'CS', 'MONOCHROME2'),
    ...plane(),
  ]);
}

function secondaryCapture(): Attribute[] {
  return image(SECONDARY_CAPTURE, 'OT', '3', [
    a('00080064', 'CS', 'WSD'),
    a('00200020', 'CS', ''),
    a('00280004', 'CS', 'MONOCHROME2'),
  ]);
}

function encapsulated(): Attribute[] {
  const item = (bytes: Buffer): Buffer => Buffer.concat([header('fffee000', bytes.length), bytes]);
  const header = (tag: string, length: number): Buffer =>
    Buffer.concat([encodeTag(tag, false), number32(length, false)]);
  const offsets = item(Buffer.alloc(0));
  const fragments = Buffer.concat([offsets, item(Buffer.alloc(64, 7)), header('fffee0dd', 0)]);
  return [...without(secondaryCapture(), '7fe00010'), a('7fe00010', 'OB*', fragments)];
}

/** Patient, study, series, equipment and image pixel: what all the images share. */
function image(sopClass: string, modality: string, number: string, own: readonly Attribute[]): Attribute[] {
  return [
    ...common(sopClass, modality, number),
    a('00280002', 'US', 1),
    a('00280010', 'US', 4),
    a('00280011', 'US', 4),
    a('00280100', 'US', 16),
    a('00280101', 'US', 12),
    a('00280102', 'US', 11),
    a('00280103', 'US', 0),
    a('7fe00010', 'OW', Buffer.from(Array.from({ length: 32 }, (_, index) => (index % 2 === 0 ? index : 0)))),
    ...own,
  ].sort(byTag);
}

function common(sopClass: string, modality: string, number: string): Attribute[] {
  return [
    a('00080005', 'CS', 'ISO_IR 100'),
    a('00080016', 'UI', sopClass),
    a('00080018', 'UI', uid(`${number}.1`)),
    a('00080020', 'DA', '20240517'),
    a('00080023', 'DA', '20240517'),
    a('00080030', 'TM', '093000'),
    a('00080033', 'TM', '093105.25'),
    a('00080050', 'SH', 'A-0815'),
    a('00080060', 'CS', modality),
    a('00080070', 'LO', 'Probewerk'),
    a('00080090', 'PN', 'Vorlage^Quirin^^Dr.'),
    a('00081030', 'LO', 'Check-up'),
    a('00100010', 'PN', 'Testfeld^Marlene^Ada'),
    a('00100020', 'LO', 'T-004711'),
    a('00100030', 'DA', '19570312'),
    a('00100040', 'CS', 'F'),
    a('00180015', 'CS', 'CHEST'),
    a('0020000d', 'UI', uid('7')),
    a('0020000e', 'UI', uid(`7.${number}`)),
    a('00200010', 'SH', '7'),
    a('00200011', 'IS', number),
    a('00200013', 'IS', '1'),
  ];
}

function plane(): Attribute[] {
  return [
    a('00180050', 'DS', '5'),
    a('00185100', 'CS', 'HFS'),
    a('00200012', 'IS', ''),
    a('00200032', 'DS', '-100\\-100\\0'),
    a('00200037', 'DS', '1\\0\\0\\0\\1\\0'),
    a('00200052', 'UI', uid('8')),
    a('00201040', 'LO', ''),
    a('00280030', 'DS', '0.5\\0.5'),
  ];
}

function report(): Attribute[] {
  return [
    ...common(BASIC_TEXT_SR, 'SR', '4'),
    a('00081111', 'SQ', []),
    a('0040a040', 'CS', 'CONTAINER'),
    a('0040a043', 'SQ', [code('121070', 'DCM', 'Findings')]),
    a('0040a050', 'CS', 'SEPARATE'),
    a('0040a372', 'SQ', []),
    a('0040a491', 'CS', 'COMPLETE'),
    a('0040a493', 'CS', 'UNVERIFIED'),
    a('0040a730', 'SQ', [textItem('No finding in the left lung.'), textItem('Nor in the right one.')]),
  ].sort(byTag);
}

function textItem(text: string): Attribute[] {
  return [
    a('0040a010', 'CS', 'CONTAINS'),
    a('0040a040', 'CS', 'TEXT'),
    a('0040a043', 'SQ', [code('121071', 'DCM', 'Finding')]),
    a('0040a160', 'UT', text),
  ];
}

function code(value: string, scheme: string, meaning: string): Attribute[] {
  return [a('00080100', 'SH', value), a('00080102', 'SH', scheme), a('00080104', 'LO', meaning)];
}

// The defects

function without(set: readonly Attribute[], tag: string): Attribute[] {
  return set.filter((attribute) => attribute.tag !== tag);
}

function put(set: readonly Attribute[], tag: string, vr: string, value: Value): Attribute[] {
  return [...without(set, tag), a(tag, vr, value)].sort(byTag);
}

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

function byTag(one: Attribute, other: Attribute): number {
  return one.tag < other.tag ? -1 : 1;
}
