/** Mutants: good objects with one defect each, of every class of rule, and where the engine has to find it. */
import type { Attribute, Options } from '../../../src/samples/dicom/encode.ts';
import { attribute as a, encodeFile, encodeTag, number32, uid } from '../../../src/samples/dicom/encode.ts';
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
} from '../../../src/samples/dicom/objects.ts';
import type { DicomRule } from '../../../src/validation/dicom/rules.ts';

export interface Mutant {
  readonly title: string;
  readonly rule: DicomRule;
  readonly location: string;
  readonly make: () => Buffer;
}

const RLE = '1.2.840.10008.1.2.5';

export const mutants: readonly Mutant[] = [
  mutant('a CT image without its study', 'dicom/type1-missing', '(0020,000d)', () =>
    without(ct(), '0020000d'),
  ),
  mutant('an MR image without its scanning sequence', 'dicom/type1-missing', '(0018,0020)', () =>
    without(mr(), '00180020'),
  ),
  mutant('a CT image without the patient’s sex', 'dicom/type2-missing', '(0010,0040)', () =>
    without(ct(), '00100040'),
  ),
  mutant('an empty Type 1', 'dicom/type1-empty', '(0020,000e)', () => put(ct(), '0020000e', 'UI', '')),
  mutant('a sequence of Type 1 without items', 'dicom/type1-empty', '(0062,0002)', () =>
    put(segmentation(), '00620002', 'SQ', []),
  ),
  mutant('colours without their arrangement', 'dicom/type1c-missing', '(0028,0006)', () =>
    [...put(secondaryCapture(), '00280002', 'US', 3)].sort(byTag),
  ),
  mutant('a palette without its tables', 'dicom/type1c-missing', '(0028,1101)', () =>
    put(secondaryCapture(), '00280004', 'CS', 'PALETTE COLOR'),
  ),
  mutant('no method of de-identification', 'dicom/type1c-missing', '(0012,0063)', () =>
    put(ct(), '00120062', 'CS', 'YES'),
  ),
  mutant('a CT image without the patient’s position', 'dicom/type2c-missing', '(0018,5100)', () =>
    without(ct(), '00185100'),
  ),
  mutant('a knee without its side', 'dicom/type2c-missing', '(0020,0060)', () =>
    put(ct(), '00180015', 'CS', 'KNEE'),
  ),
  mutant('an item without a Type 1', 'dicom/type1-missing', '(0062,0002)[1].(0062,0005)', () =>
    put(segmentation(), '00620002', 'SQ', [without(segmentOf(segmentation()), '00620005')]),
  ),
  mutant('a text of a report without text', 'dicom/type1c-missing', '(0040,a730)[2].(0040,a160)', () =>
    put(report(), '0040a730', 'SQ', dropped(itemsOf(report(), '0040a730'), 1, '0040a160')),
  ),
  mutant('a code without its value', 'dicom/type1c-missing', '(0040,a043)[1].(0008,0100)', () =>
    put(report(), '0040a043', 'SQ', dropped(itemsOf(report(), '0040a043'), 0, '00080100')),
  ),
  mutant('an optional module without its Type 1', 'dicom/type1-missing', '(0012,0020)', () =>
    put(ct(), '00120010', 'LO', 'Sponsor'),
  ),
  mutant('an overlay without its bits', 'dicom/type1-missing', '(6002,0100)', () =>
    [...ct(), a('60020010', 'US', 4)].sort(byTag),
  ),
  mutant('a functional group that no frame has', 'dicom/type1-missing', '(5200,9230)[1].(0062,000a)', () =>
    put(segmentation(), '52009229', 'SQ', dropped(itemsOf(segmentation(), '52009229'), 0, '0062000a')),
  ),
  mutant('functional groups of too few frames', 'dicom/frame-count', '(5200,9230)', () =>
    put(segmentation(), '52009230', 'SQ', [frameGroups(1)]),
  ),
  mutant('a value that is not enumerated', 'dicom/enumerated-value', '(0010,0040)', () =>
    put(ct(), '00100040', 'CS', 'X'),
  ),
  mutant('a number that is not enumerated', 'dicom/enumerated-value', '(0028,0103)', () =>
    put(ct(), '00280103', 'US', 7),
  ),
  mutant('an image neither original nor derived', 'dicom/enumerated-value', '(0008,0008)', () =>
    put(ct(), '00080008', 'CS', 'COPIED\\PRIMARY\\AXIAL'),
  ),
  mutant('an image neither primary nor secondary', 'dicom/enumerated-value', '(0008,0008)', () =>
    put(mr(), '00080008', 'CS', 'ORIGINAL\\TERTIARY\\OTHER'),
  ),
  mutant('a CT image of ten bits', 'dicom/enumerated-value', '(0028,0101)', () =>
    put(put(ct(), '00280101', 'US', 10), '00280102', 'US', 9),
  ),
  mutant('a CT image of 32 bits allocated', 'dicom/enumerated-value', '(0028,0100)', () =>
    put(ct(), '00280100', 'US', 32),
  ),
  mutant('a CT image with a palette', 'dicom/enumerated-value', '(0028,0004)', () =>
    put(ct(), '00280004', 'CS', 'PALETTE COLOR'),
  ),
  mutant('a term that is not defined', 'dicom/defined-term', '(0018,0022)', () =>
    put(mr(), '00180022', 'CS', 'NEVER'),
  ),
  mutant('a modality that there is not', 'dicom/defined-term', '(0008,0060)', () =>
    put(mr(), '00080060', 'CS', 'XYZ'),
  ),
  mutant('a patient who stands on his head', 'dicom/defined-term', '(0018,5100)', () =>
    put(ct(), '00185100', 'CS', 'UPSIDEDOWN'),
  ),
  mutant('a CT image along the spine', 'dicom/defined-term', '(0008,0008)', () =>
    put(ct(), '00080008', 'CS', 'ORIGINAL\\PRIMARY\\SPINAL'),
  ),
  ...(
    [
      ['a day that February does not have', '00100030', 'DA', '20230230'],
      ['a date with dots', '00080020', 'DA', '2024.05.17'],
      ['an hour that the day does not have', '00080030', 'TM', '250000'],
      ['a month that the year does not have', '0008002a', 'DT', '202413'],
      ['a time beyond the date line', '0008002a', 'DT', '20240517120000+2500'],
      ['a time zone beyond the date line', '00080201', 'SH', '+2500'],
      ['a time zone of 75 minutes', '00080201', 'SH', '+0075'],
      ['a time zone in words', '00080201', 'SH', 'UTC'],
      ['small letters in a code', '00080060', 'CS', 'ct'],
      ['a number with a comma', '00180050', 'DS', '2,5'],
      ['a whole number with a fraction', '00200011', 'IS', '1.5'],
      ['a UID with a leading zero', '0020000e', 'UI', '1.2.03'],
      ['a UID that no root has', '0020000e', 'UI', '4.2.3'],
      ['an age without its unit', '00101010', 'AS', '0033'],
      ['a name of four groups', '00100010', 'PN', 'A^B=C=D=E'],
      ['a name of six components', '00100010', 'PN', 'A^B^C^D^E^F'],
      ['a bell in a text', '00081030', 'LO', 'Ring \x07 me'],
    ] as const
  ).map(([title, tag, vr, value]) =>
    mutant(title, 'dicom/value-format', at(tag), () => put(ct(), tag, vr, value)),
  ),
  mutant('a number of too many characters', 'dicom/value-length', '(0018,0050)', () =>
    put(ct(), '00180050', 'DS', '1.0000000000000000001'),
  ),
  mutant('a text of too many characters', 'dicom/value-length', '(0008,0050)', () =>
    put(ct(), '00080050', 'SH', 'x'.repeat(18)),
  ),
  mutant('half a number', 'dicom/value-length', '(0028,0010)', () =>
    put(ct(), '00280010', 'US', Buffer.alloc(3)),
  ),
  mutant('a position of two coordinates', 'dicom/value-multiplicity', '(0020,0032)', () =>
    put(ct(), '00200032', 'DS', '1\\2'),
  ),
  mutant('a length that is odd', 'dicom/odd-length', '(0008,1030)', () =>
    put(ct(), '00081030', 'LO', Buffer.from('odd')),
  ),
  mutant('a text where a date has to be', 'dicom/vr-mismatch', '(0008,0020)', () =>
    put(ct(), '00080020', 'LO', '20240517'),
  ),
  mutant('a representation that there is not', 'dicom/vr', '(0008,1030)', () =>
    put(ct(), '00081030', 'ZZ', 'x'),
  ),
  mutant('attributes twice', 'dicom/tag-order', '(0008,1030)', () =>
    [...ct(), a('00081030', 'LO', 'Again ')].sort(byTag),
  ),
  mutant('an attribute that there is not', 'dicom/unknown-attribute', '(0008,fff2)', () =>
    put(ct(), '0008fff2', 'LO', 'New '),
  ),
  mutant('a private element without a creator', 'dicom/private-creator', '(0009,1001)', () =>
    [...ct(), a('00091001', 'LO', 'Mine')].sort(byTag),
  ),
  mutant('a creator without a name', 'dicom/private-creator', '(0009,0010)', () =>
    [...ct(), a('00090010', 'LO', '')].sort(byTag),
  ),
  mutant('a series that is its study', 'dicom/uid-shared', '(0020,000e)', () =>
    put(ct(), '0020000e', 'UI', uid('7')),
  ),
  mutant('a character set that there is not', 'dicom/character-set', '(0008,0005)', () =>
    put(ct(), '00080005', 'CS', 'ISO_IR 999'),
  ),
  mutant('an umlaut without a character set', 'dicom/character-set', '(0010,0010)', () =>
    put(without(ct(), '00080005'), '00100010', 'PN', Buffer.from('M\xfcller', 'latin1')),
  ),
  mutant('Latin 1 that is called UTF-8', 'dicom/character-set', '(0010,0010)', () =>
    put(put(ct(), '00080005', 'CS', 'ISO_IR 192'), '00100010', 'PN', Buffer.from('M\xfcller', 'latin1')),
  ),
  mutant('Korean that is not announced', 'dicom/character-set', '(0010,0010)', () =>
    put(ct(), '00100010', 'PN', Buffer.from('Kim=\x1b$)C\xb1\xe8', 'latin1')),
  ),
  mutant('pixel data of too few rows', 'dicom/pixel-data-length', '(7fe0,0010)', () =>
    put(ct(), '00280010', 'US', 5),
  ),
  mutant('more bits than there is room for', 'dicom/pixel-bits', '(0028,0101)', () =>
    put(ct(), '00280101', 'US', 17),
  ),
  mutant('colour of one sample', 'dicom/photometric-interpretation', '(0028,0004)', () =>
    put(ct(), '00280004', 'CS', 'RGB '),
  ),
  mutant('a high bit in between', 'dicom/pixel-bits', '(0028,0102)', () => put(ct(), '00280102', 'US', 9)),
  mutant('words that are called bytes', 'dicom/pixel-bits', '(7fe0,0010)', () =>
    put(ct(), '7fe00010', 'OB', Buffer.alloc(32)),
  ),
  mutant('fragments that nothing announces', 'dicom/encapsulation', '(7fe0,0010)', () => encapsulated()),
  mutant('no fragments', 'dicom/encapsulation', '(7fe0,0010)', () => secondaryCapture(), { syntax: RLE }),
  mutant(
    'fewer fragments than frames',
    'dicom/encapsulation',
    '(7fe0,0010)',
    () => put(encapsulated(), '00280008', 'IS', '2'),
    { syntax: RLE },
  ),
  mutant(
    'an offset that leads astray',
    'dicom/encapsulation',
    '(7fe0,0010)',
    () => fragments(number32(8, false), Buffer.alloc(64, 7)),
    { syntax: RLE },
  ),
  mutant(
    'a fragment of odd length',
    'dicom/encapsulation',
    '(7fe0,0010)',
    () => fragments(Buffer.alloc(0), Buffer.alloc(63, 7)),
    { syntax: RLE },
  ),
  mutant('a transfer syntax that there is not', 'dicom/transfer-syntax', '(0002,0010)', () => ct(), {
    syntax: uid('5'),
  }),
  mutant('a SOP class that there is not', 'dicom/sop-class', '(0008,0016)', () =>
    put(ct(), '00080016', 'UI', '1.2.840.10008.5.1.4.1.1.9999'),
  ),
  mutant('a SOP class that is retired', 'dicom/retired-sop-class', '(0008,0016)', () =>
    put(ct(), '00080016', 'UI', '1.2.840.10008.5.1.4.1.1.5'),
  ),
  mutant('another instance in the file meta information', 'dicom/meta-mismatch', '(0008,0018)', () => ct(), {
    meta: (meta) => put(meta, '00020003', 'UI', uid('99')),
  }),
  mutant('no version of the file meta information', 'dicom/type1-missing', '(0002,0001)', () => ct(), {
    meta: (meta) => without(meta, '00020001'),
  }),
];

function mutant(
  title: string,
  rule: DicomRule,
  location: string,
  set: () => readonly Attribute[],
  options: Options = {},
): Mutant {
  return { title, rule, location, make: () => encodeFile(set(), options) };
}

function at(tag: string): string {
  return `(${tag.slice(0, 4)},${tag.slice(4)})`;
}

/** Encapsulated pixel data: the offset table and one fragment. */
function fragments(table: Buffer, fragment: Buffer): Attribute[] {
  const item = (bytes: Buffer): Buffer =>
    Buffer.concat([encodeTag('fffee000', false), number32(bytes.length, false), bytes]);
  const end = Buffer.concat([encodeTag('fffee0dd', false), number32(0, false)]);
  return put(secondaryCapture(), '7fe00010', 'OB*', Buffer.concat([item(table), item(fragment), end]));
}

function itemsOf(set: readonly Attribute[], tag: string): readonly (readonly Attribute[])[] {
  const value = set.find((attribute) => attribute.tag === tag)?.value;
  return Array.isArray(value) ? (value as Attribute[][]) : [];
}

function segmentOf(set: readonly Attribute[]): readonly Attribute[] {
  return itemsOf(set, '00620002')[0] ?? [];
}

function dropped(items: readonly (readonly Attribute[])[], index: number, tag: string): Attribute[][] {
  return items.map((item, each) => (each === index ? without(item, tag) : [...item]));
}
