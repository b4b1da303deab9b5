import test from 'ava';
import fc from 'fast-check';
import { detect, hasTopLevelKey } from '../../src/messages/detect.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function dicomFile(): Uint8Array {
  const file = new Uint8Array(140);
  file.set(bytes('DICM'), 128);
  return file;
}

const told: readonly [string, Uint8Array, string | undefined, string | null][] = [
  ['HL7 v2 by MSH', bytes('MSH|^~\\&|A\r'), undefined, 'application/hl7-v2'],
  ['HL7 v2 with other separators', bytes('MSH#*~\\&#A\r'), undefined, 'application/hl7-v2'],
  ['an HL7 v2 batch', bytes('FHS|^~\\&|A\rBHS|^~\\&\rMSH|^~\\&\r'), undefined, 'application/hl7-v2'],
  ['HL7 v2 in its MLLP frame', bytes('\x0bMSH|^~\\&|A\r\x1c\r'), undefined, 'application/hl7-v2'],
  ['HL7 v2 behind a byte order mark', bytes('\ufeffMSH|^~\\&|A\r'), undefined, 'application/hl7-v2'],
  ['HL7 v2 without MSH, by the sender’s word', bytes('PID|1\r'), 'application/hl7-v2', 'application/hl7-v2'],
  ['X12 by ISA', bytes('ISA*00*          *'), undefined, 'application/EDI-X12'],
  [
    'X12 without ISA, by the sender’s word',
    bytes('ST*837*0001~'),
    'application/EDI-X12',
    'application/EDI-X12',
  ],
  ['DICOM by DICM', dicomFile(), undefined, 'application/dicom'],
  ['a DICOM data set', bytes('\x08\0\x05\0CS\x0a\0ISO_IR 100'), undefined, 'application/dicom'],
  ['a DICOM data set, big endian', bytes('\0\x08\0\x05CS\0\x0aISO_IR 100'), undefined, 'application/dicom'],
  [
    'a DICOM data set in implicit VR',
    bytes('\x08\0\x05\0\x0a\0\0\0ISO_IR 100'),
    undefined,
    'application/dicom',
  ],
  ['control characters', bytes('\x08\x08\x05\x05\x0a\0\0\0backspace'), undefined, null],
  ['FHIR JSON', bytes('{"resourceType":"Patient"}'), undefined, 'application/fhir+json'],
  [
    'FHIR JSON, its type last',
    bytes('{"a":{"b":[1]},"resourceType" :"Patient"}'),
    undefined,
    'application/fhir+json',
  ],
  ['FHIR JSON that is cut short', bytes('{"resourceType":"Pat'), undefined, 'application/fhir+json'],
  [
    'FHIR JSON without a type, by the sender’s word',
    bytes('{}'),
    'application/fhir+json',
    'application/fhir+json',
  ],
  [
    'FHIR XML',
    bytes('<?xml version="1.0"?><Patient xmlns="http://hl7.org/fhir"/>'),
    undefined,
    'application/fhir+xml',
  ],
  ['other JSON', bytes('{"a":{"resourceType":"Patient"}}'), undefined, null],
  ['JSON with the word as a value', bytes('{"a":"resourceType"}'), undefined, null],
  ['other XML', bytes('<ClinicalDocument xmlns="urn:hl7-org:v3"/>'), undefined, null],
  ['prose', bytes('MSHello'), undefined, null],
  ['prose under a content type that it is not', bytes('hello'), 'application/hl7-v2', null],
  ['segments without MSH and without a word of the sender', bytes('PID|1\r'), 'text/plain', null],
  ['nothing', bytes(''), undefined, null],
];

for (const [what, body, hint, expected] of told) {
  test(`${what} is ${expected ?? 'of unknown format'}`, (t) => {
    t.is<string | null, string | null>(detect(body, hint).contentType, expected);
  });
}

test('a content type never overrules what the bytes are', (t) => {
  for (const hint of ['application/dicom', 'application/EDI-X12', 'application/fhir+json', 'text/plain']) {
    t.is(detect(bytes('MSH|^~\\&|A\r'), hint).format, 'hl7v2');
  }
});

test('any bytes get an answer', (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.option(fc.string(), { nil: undefined }),
      (body, hint) => {
        const { format, contentType } = detect(body, hint);
        return (format === null) === (contentType === null);
      },
    ),
  );
  t.pass();
});

test('a top-level key is found exactly where JSON.parse finds it', (t) => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('a', 'resourceType', 'x"y', 'z\\'), fc.jsonValue()),
      (value) => {
        const text = bytes(JSON.stringify(value));
        return hasTopLevelKey(text, 0, 'resourceType') === Object.hasOwn(value, 'resourceType');
      },
    ),
  );
  t.pass();
});
