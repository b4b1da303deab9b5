/** The rules of DICOM, a row each. */
import type { Rule } from '../engine.ts';
import { advice, refused, remark, tolerated, unreadable } from '../gravity.ts';

function rule<Id extends string>(
  id: Id,
  levels: Rule['levels'],
  title: string,
  spec: string,
): Rule & { id: Id } {
  return { id, title, spec: `DICOM ${spec}`, levels };
}

export const rules = [
  rule('dicom/unreadable', unreadable, 'The bytes are a DICOM file or data set.', 'PS3.10, 7'),
  rule('dicom/truncated', unreadable, 'Every value is as long as its length says.', 'PS3.5, 7.1'),
  rule('dicom/depth', unreadable, 'Sequences are nested at most 64 levels deep.', 'PS3.5, 7.5'),
  rule('dicom/deflate', unreadable, 'A deflated data set can be inflated, to at most 64 MiB.', 'PS3.5, A.5'),
  rule('dicom/preamble', refused, 'A file begins with 128 bytes and the prefix DICM.', 'PS3.10, 7.1'),
  rule('dicom/meta-group', refused, 'The file meta information is there, as long as it says.', 'PS3.10, 7.1'),
  rule('dicom/transfer-syntax', refused, 'The transfer syntax is one of the standard.', 'PS3.6, A'),
  rule(
    'dicom/meta-mismatch',
    refused,
    'The file meta information names the object that follows.',
    'PS3.10, 7.1',
  ),
  rule('dicom/sop-class', advice, 'The SOP class is a storage class of the standard.', 'PS3.4, B.5'),
  rule('dicom/retired-sop-class', remark, 'The SOP class is not retired.', 'PS3.6, A'),
  rule('dicom/vr', refused, 'A value representation is one of the standard.', 'PS3.5, 6.2'),
  rule(
    'dicom/vr-mismatch',
    tolerated,
    'An attribute has the value representation of the dictionary.',
    'PS3.6, 6',
  ),
  rule('dicom/value-format', refused, 'A value is in the format of its value representation.', 'PS3.5, 6.2'),
  rule(
    'dicom/value-length',
    tolerated,
    'A value keeps to the length of its value representation.',
    'PS3.5, 6.2',
  ),
  rule('dicom/value-multiplicity', tolerated, 'An attribute has as many values as allowed.', 'PS3.6, 6'),
  rule('dicom/odd-length', tolerated, 'Every value has an even length.', 'PS3.5, 7.1.1'),
  rule('dicom/tag-order', refused, 'Attributes stand in the order of their tags, each once.', 'PS3.5, 7.1'),
  rule('dicom/sequence', refused, 'A sequence consists of items.', 'PS3.5, 7.5'),
  rule('dicom/type1-missing', refused, 'An attribute of Type 1 is there.', 'PS3.5, 7.4.1'),
  rule('dicom/type1-empty', refused, 'An attribute of Type 1 or 1C has a value.', 'PS3.5, 7.4.1'),
  rule(
    'dicom/type1c-missing',
    refused,
    'An attribute of Type 1C is there where its condition holds.',
    'PS3.5, 7.4.2',
  ),
  rule(
    'dicom/type2c-missing',
    tolerated,
    'An attribute of Type 2C is there where its condition holds, if without a value.',
    'PS3.5, 7.4.4',
  ),
  rule(
    'dicom/enumerated-value',
    tolerated,
    'An attribute with enumerated values has one of them.',
    'PS3.3, A.1.2.3',
  ),
  rule('dicom/defined-term', remark, 'An attribute with defined terms has one of them.', 'PS3.3, A.1.2.3'),
  rule(
    'dicom/type2-missing',
    refused,
    'An attribute of Type 2 is there, if without a value.',
    'PS3.5, 7.4.3',
  ),
  rule(
    'dicom/character-set',
    tolerated,
    'Texts are of the character sets that the object names.',
    'PS3.3, C.12.1.1.2',
  ),
  rule(
    'dicom/unknown-attribute',
    advice,
    'An attribute with an even group is one of the dictionary.',
    'PS3.6, 6',
  ),
  rule('dicom/private-creator', tolerated, 'Private elements have a creator.', 'PS3.5, 7.8.1'),
  rule(
    'dicom/uid-shared',
    tolerated,
    'Study, series, instance and frame of reference have different UIDs.',
    'PS3.5, 9',
  ),
  rule(
    'dicom/pixel-data-length',
    refused,
    'Pixel data are as long as the image that is described.',
    'PS3.5, 8.1.1',
  ),
  rule(
    'dicom/photometric-interpretation',
    tolerated,
    'Pixels have as many samples as their photometric interpretation needs.',
    'PS3.3, C.7.6.3.1.2',
  ),
  rule('dicom/pixel-bits', tolerated, 'The stored bits lie within those that are allocated.', 'PS3.5, 8.1.1'),
  rule(
    'dicom/encapsulation',
    refused,
    'Pixel data are encapsulated as the transfer syntax says.',
    'PS3.5, A.4',
  ),
  rule('dicom/frame-count', refused, 'Each frame has its functional groups.', 'PS3.3, C.7.6.16'),
  rule(
    'dicom/unread',
    advice,
    'The attributes of a large object stand in its first 64 MiB, before anything larger.',
    'PS3.5, 7',
  ),
  rule('dicom/too-many-elements', advice, 'An object has at most 500,000 elements and items.', 'PS3.5, 7'),
] as const;

export type DicomRule = (typeof rules)[number]['id'];

/** Takes a finding: a report that knows the rules of DICOM. */
export type Find = (rule: DicomRule, location: string, message: string, spec?: string) => void;
