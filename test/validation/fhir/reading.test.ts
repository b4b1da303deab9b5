/** What is told of bytes that are no JSON, or hold more than JSON can give. */
import test from 'ava';
import fc from 'fast-check';
import { detect } from '../../../src/messages/detect.ts';
import { faultIn } from '../../../src/validation/fhir/json-fault.ts';
import { examine, findings } from './examine.ts';

const unreadable: readonly (readonly [json: string, says: RegExp])[] = [
  [
    '{\n  "resourceType": "Patient",\n  oops\n}',
    /line 3, column 3: the name of a property in double quotes is/,
  ],
  ['{"resourceType": "Patient",\n "active": yes}', /line 2, column 12: a value is expected/],
  ['{"resourceType": "Patient",\n}', /line 2, column 1: the name of a property/],
  ['{"resourceType": "Patient"\n"active": true}', /line 2, column 1: a comma or } is expected/],
  ['{"resourceType" "Patient"}', /line 1, column 17: a colon is expected/],
  ['{"resourceType": "Patient", "name": [{}\n}', /line 2, column 1: a comma or \] is expected/],
  ['{"resourceType": "Patient",\n"id": "a\nb"}', /line 2, column 9: a text has a control character/],
  ['{"resourceType": "Pat\\ient"}', /line 1, column 22: a backslash begins no escape/],
  ['{"resourceType": "Patient", "multipleBirthInteger": 01}', /column 54: a comma or } is expected/],
  ['{"resourceType": "Patient"}\n}', /line 2, column 1: the JSON has ended before this/],
  ['{"resourceType": "Patient",\n"id": "a', /line 2, column 9: it is cut off/],
];

test('JSON that cannot be read says where and what is expected there, and quotes nothing', (t) => {
  for (const [json, says] of unreadable) {
    const [issue] = examine(json).issues;
    t.is(issue?.rule, 'fhir/json-syntax');
    t.regex(issue?.message ?? '', says);
    t.regex(issue?.message ?? '', new RegExp(`line ${issue?.line ?? 0}, column ${issue?.column ?? 0}`));
  }
});

test('where nothing is, that is said', (t) => {
  t.is(examine(' \n').issues[0]?.message, 'The JSON cannot be read: there is none.');
});

test('the fault of any text that is no JSON lies in it, behind what may begin JSON', (t) => {
  const broken = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', ']', '"', '\\', ':', 'x', '\n', '1'))
    .map(
      ([json, at, put]) =>
        json.slice(0, at % (json.length + 1)) + put + json.slice((at + 1) % (json.length + 1)),
    );
  fc.assert(
    fc.property(broken, (text) => {
      if (isJson(text)) return;
      const { position, reason } = faultIn(text);
      t.true(position >= 0 && position <= text.length);
      // What stands before the fault is cut off, and nothing else is wrong with it.
      if (reason !== 'the JSON has ended before this')
        t.is(faultIn(text.slice(0, position)).position, position);
    }),
    { numRuns: 1000 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('a property that is there twice is found at any depth, with the place of the second', (t) => {
  const { issues } = examine(
    '{"resourceType":"Patient","name":[{},{"family":"A",\n "family":"B"}],"\\u006eame":[]}',
  );
  const found = issues.filter(({ rule }) => rule === 'fhir/duplicate-property');
  t.deepEqual(
    found.map(({ location, line, column }) => [location, line, column]),
    [
      ['Patient.name[1].family', 2, 2],
      ['Patient.name', 2, 17],
    ],
  );
  t.deepEqual(findings('{"resourceType":"Patient","name":[{"family":"A:B"}]}'), []);
});

test('names that look like no names of elements are not shown', (t) => {
  t.deepEqual(findings('{"resourceType":"Patient","a b":1,"a b":2}'), [
    'fhir/duplicate-property Patient',
    'fhir/unknown-element Patient',
  ]);
  t.deepEqual(findings('{"resourceType":"Probe","a":1,"a":2}'), [
    'fhir/duplicate-property ',
    'fhir/unknown-resource-type ',
  ]);
});

test('bytes that are not UTF-8 are refused, with the place of the first; a byte order mark is not', (t) => {
  const latin = Buffer.from('{"resourceType":"Patient",\n"language":"\xe4"}', 'latin1');
  const [issue] = examine(latin).issues;
  t.is(issue?.rule, 'fhir/encoding');
  t.deepEqual([issue?.line, issue?.column], [2, 13]);
  const signs = Buffer.concat([Buffer.from('{"a":"\ufffd\ufffd'), Buffer.from([0xc3])]);
  t.deepEqual([examine(signs).issues[0]?.line, examine(signs).issues[0]?.column], [1, 9]);
  t.deepEqual(findings('\ufeff{"resourceType":"Patient"}'), ['fhir/byte-order-mark ']);
  t.true(examine('\ufeff{"resourceType":"Patient"}', 'standard').valid);
});

test('UTF-16 is known as FHIR, with its mark and without, and said to be refused', (t) => {
  const xml = '<?xml version="1.0" encoding="utf-16"?><Patient xmlns="http://hl7.org/fhir"/>';
  for (const text of [xml, '{"resourceType":"Patient"}']) {
    const little = Buffer.from(text, 'utf16le');
    const big = Buffer.from(little).swap16();
    const marked = [
      Buffer.concat([Buffer.from([0xff, 0xfe]), little]),
      Buffer.concat([Buffer.from([0xfe, 0xff]), big]),
    ];
    for (const bytes of [...marked, little, big]) {
      t.is(detect(bytes).format, 'fhir');
      t.regex(examine(bytes).issues[0]?.message ?? '', /^The bytes are UTF-16/);
    }
  }
  t.is(detect(Buffer.from('{"a":1}', 'utf16le')).format, null);
  for (const bytes of [[0x7b], [0xff, 0xfe, 0x7b], [0x7b, 0], [0, 0x3c], [0xfe, 0xff], [0xff, 0xfe]]) {
    t.is(detect(Uint8Array.from(bytes)).format, null);
  }
});
