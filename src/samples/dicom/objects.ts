/**
 * The synthetic objects, attribute by attribute. Patients, studies and UIDs are invented (below 2.25, where anybody may make
 * one); the images are 4 by 4 pixels.
 */
import type { Attribute, Value } from './encode.ts';
import { attribute as a, encodeTag, number32, uid } from './encode.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const MR = '1.2.840.10008.5.1.4.1.1.4';
const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
const SEGMENTATION = '1.2.840.10008.5.1.4.1.1.66.4';
const BASIC_TEXT_SR = '1.2.840.10008.5.1.4.1.1.88.11';

export function without(set: readonly Attribute[], tag: string): Attribute[] {
  return set.filter((attribute) => attribute.tag !== tag);
}

export function put(set: readonly Attribute[], tag: string, vr: string, value: Value): Attribute[] {
  return [...without(set, tag), a(tag, vr, value)].sort(byTag);
}

export function byTag(one: Attribute, other: Attribute): number {
  return one.tag < other.tag ? -1 : 1;
}

export function ct(): Attribute[] {
  return image(CT, 'CT', '1', [
    a('00080008', 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'),
    a('00180060', 'DS', '120'),
    a('00280004', 'CS', 'MONOCHROME2'),
    a('00281052', 'DS', '-1024'),
    a('00281053', 'DS', '1'),
    ...plane(),
  ]);
}

export function mr(): Attribute[] {
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

export function secondaryCapture(): Attribute[] {
  return image(SECONDARY_CAPTURE, 'OT', '3', [
    a('00080064', 'CS', 'WSD'),
    a('00200020', 'CS', ''),
    a('00280004', 'CS', 'MONOCHROME2'),
  ]);
}

/** Two frames of 4 by 4 bits: a bit a pixel. */
export function segmentation(): Attribute[] {
  const dimension = [a('00209164', 'UI', uid('9')), a('00209165', 'AT', tagValue(0x0062, 0x000b)), a('00209167', 'AT', tagValue(0x0062, 0x000a))];
  return [
    ...common(SEGMENTATION, 'SEG', '5'),
    a('00080008', 'CS', 'DERIVED\\PRIMARY'),
    a('00081090', 'LO', 'Probe 5'),
    a('00181000', 'LO', '4711'),
    a('00181020', 'LO', '1.0'),
    a('00200020', 'CS', ''),
    a('00200052', 'UI', uid('8')),
    a('00201040', 'LO', ''),
    a('00209221', 'SQ', [[a('00209164', 'UI', uid('9'))]]),
    a('00209222', 'SQ', [dimension]),
    a('00280002', 'US', 1),
    a('00280004', 'CS', 'MONOCHROME2'),
    a('00280008', 'IS', '2'),
    a('00280010', 'US', 4),
    a('00280011', 'US', 4),
    a('00280100', 'US', 1),
    a('00280101', 'US', 1),
    a('00280102', 'US', 0),
    a('00280103', 'US', 0),
    a('00282110', 'CS', '00'),
    a('00620001', 'CS', 'BINARY'),
    a('00620002', 'SQ', [segment()]),
    a('00700080', 'CS', 'SEGMENTS'),
    a('00700081', 'LO', 'Two slices'),
    a('00700084', 'PN', 'Vorlage^Quirin^^Dr.'),
    a('52009229', 'SQ', [sharedGroups()]),
    a('52009230', 'SQ', [frameGroups(1), frameGroups(2)]),
    a('7fe00010', 'OB', Buffer.from([0x0f, 0xf0, 0x33, 0xcc])),
  ].sort(byTag);
}

function segment(): Attribute[] {
  return [
    a('00620003', 'SQ', [code('123037004', 'SCT', 'Anatomical Structure')]),
    a('00620004', 'US', 1),
    a('00620005', 'LO', 'Thorax'),
    a('00620008', 'CS', 'MANUAL'),
    a('0062000f', 'SQ', [code('51185008', 'SCT', 'Thorax')]),
  ];
}

function sharedGroups(): Attribute[] {
  return [
    a('00209116', 'SQ', [[a('00200037', 'DS', '1\\0\\0\\0\\1\\0')]]),
    a('00289110', 'SQ', [[a('00180050', 'DS', '5'), a('00280030', 'DS', '0.5\\0.5')]]),
    a('0062000a', 'SQ', [[a('0062000b', 'US', 1)]]),
  ];
}

export function frameGroups(number: number): Attribute[] {
  const content = [a('00209157', 'UL', number)];
  return [
    a('00209111', 'SQ', [content]),
    a('00209113', 'SQ', [[a('00200032', 'DS', `-100\\-100\\${number * 5}`)]]),
  ];
}

function tagValue(group: number, element: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(group);
  bytes.writeUInt16LE(element, 2);
  return bytes;
}

export function encapsulated(): Attribute[] {
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

export function report(): Attribute[] {
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
