import test from 'ava';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import type { Judged } from '../../../src/validation/judge.ts';
import { fhirSettings } from '../../../src/validation/fhir/settings.ts';
import { damagedJson, damagedXml } from './damage.ts';
import { examine, findings } from './examine.ts';
import { fuzz } from './fuzz.ts';

const CANARY = 'CANARY7F3A';
const folder = new URL('../../../src/samples/fhir/', import.meta.url);
const json = readFileSync(new URL('patient.json', folder));
const bundle = readFileSync(new URL('bundle-transaction.json', folder), 'utf8');
const xml = readFileSync(new URL('patient.xml', folder));

/** What is shown of a verdict, as against searched. */
function shown({ version, type, issues }: Judged): string {
  return JSON.stringify({ version, type, issues });
}

test('any bytes get a verdict', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      t.true(examine(bytes).issuesTotal > 0);
    }),
  );
  t.pass();
});

test('any JSON gets a verdict', (t) => {
  fc.assert(fc.property(fc.jsonValue(), (value) => examine(JSON.stringify(value)).issuesTotal > 0));
  t.pass();
});

test('any JSON within a resource gets a verdict', (t) => {
  const names = [
    'name',
    '_birthDate',
    'birthDate',
    'contained',
    'extension',
    'deceasedBoolean',
    'text',
    'meta',
  ];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), fc.jsonValue()), (elements) => {
      examine({ resourceType: 'Patient', ...elements });
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('what means something to the language means nothing in a message', (t) => {
  const odd = { toString: 1, valueOf: 1, constructor: 1, hasOwnProperty: 1 };
  for (const name of [
    'type',
    'total',
    'entry',
    'link',
    'meta',
    'id',
    'identifier',
    'resourceType',
    'contained',
  ]) {
    examine({ resourceType: 'Bundle', type: 'transaction', total: 1, entry: [{}], [name]: odd });
  }
  for (const name of ['fullUrl', 'resource', 'request', 'search', 'extension']) {
    examine({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource: { meta: odd }, [name]: odd }],
    });
  }
  const profile = ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient'];
  const extension = [{ url: odd }];
  const said = { fhir: fhirSettings({ packages: ['us-core-5.0.1'] }) };
  t.true(examine({ resourceType: 'Patient', meta: { profile }, extension }, 'strict', said).issuesTotal > 0);
});

test('a resource that is cut off anywhere is invalid', (t) => {
  for (const whole of [json, xml]) {
    const end = whole.toString('latin1').trimEnd().length;
    for (let length = 0; length < end; length += 1)
      t.false(examine(whole.subarray(0, length)).valid, String(length));
  }
});

test('a resource with any byte changed gets a verdict', (t) => {
  for (const whole of [json, xml]) {
    for (let at = 0; at < whole.length; at += 1) {
      for (const byte of [0, 0x22, 0x3c, 0x7b, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        examine(changed);
      }
    }
  }
  t.pass();
});

test('no value of a JSON resource is shown, whatever is wrong with it', (t) => {
  const planted = JSON.stringify(JSON.parse(bundle), (name, value: unknown) =>
    typeof value === 'string' && name !== 'resourceType' ? CANARY : value,
  );
  const verdict = examine(planted);
  t.true(verdict.issuesTotal > 10);
  t.notRegex(shown(verdict), new RegExp(CANARY));
  for (const value of [[CANARY], { [`${CANARY} `]: CANARY }, { div: CANARY }, null, 7]) {
    const text = bundle.replace(/"(Testfeld|official|female|1957-03-12|final)"/g, JSON.stringify(value));
    t.notRegex(shown(examine(text)), new RegExp(CANARY));
  }
});

test('no value of an XML resource is shown, whatever is wrong with it', (t) => {
  const planted = xml
    .toString()
    .replace(/(value|url)="[^"]*"/g, `$1="${CANARY}"`)
    .replaceAll('Nils Probe', CANARY);
  const verdict = examine(planted);
  t.true(verdict.issuesTotal > 2);
  t.notRegex(shown(verdict), new RegExp(CANARY));
  for (const broken of [
    `<${CANARY}`,
    `&${CANARY};`,
    `</${CANARY}>`,
    `<!DOCTYPE ${CANARY}>`,
    `<a:${CANARY}/>`,
  ]) {
    t.notRegex(shown(examine(xml.toString().replace('<gender', `${broken}<gender`))), new RegExp(CANARY));
  }
});

test('no text of JSON that cannot be read is shown', (t) => {
  for (const broken of [
    `{"resourceType":"${CANARY}`,
    `{${CANARY}}`,
    `{"a":"${CANARY}"}}`,
    `"${CANARY}`,
    CANARY,
  ]) {
    t.notRegex(shown(examine(broken)), new RegExp(CANARY));
  }
});

test('JSON that nests without end is not walked', (t) => {
  t.deepEqual(findings('['.repeat(5_000_000)), ['fhir/depth ']);
  t.deepEqual(findings(`{"resourceType":"Patient","a":${'['.repeat(300)}${']'.repeat(300)}}`), [
    'fhir/depth ',
  ]);
});

test('brackets within texts are no levels', (t) => {
  t.deepEqual(findings({ resourceType: 'Patient', id: 'a', name: [{ text: '['.repeat(300) }] }), []);
  t.deepEqual(findings({ resourceType: 'Patient', id: 'a', name: [{ text: `\\"${'{'.repeat(300)}` }] }), []);
});

test('of very many findings all are counted', (t) => {
  const properties = Array.from({ length: 50_000 }, (_, index) => `"a${index}":1`);
  const verdict = examine(`{"resourceType":"Patient",${properties.join()}}`);
  // And that there is no narrative.
  t.is(verdict.issuesTotal, 50_001);
  t.false(verdict.valid);
});

test('payloads that are damaged by chance get a verdict each', (t) => {
  for (const form of ['json', 'xml'] as const) {
    const { inputs, crashed } = fuzz(form, 0, 3000);
    t.is(inputs, 3000);
    t.deepEqual(crashed, []);
  }
});

test('the same damage is done again for the same number', (t) => {
  for (const number of [0, 1, 2, 3]) t.deepEqual(damagedJson(number), damagedJson(number));
  for (const number of [0, 1, 2, 3]) t.deepEqual(damagedXml(number), damagedXml(number));
});
