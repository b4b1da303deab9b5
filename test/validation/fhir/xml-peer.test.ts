/** The package `fhir` as a cross-check of XML: what it writes we read, and as the resource that it was. */
import { createRequire } from 'node:module';
import test from 'ava';
import { definitionsOf } from '../../../src/validation/fhir/definitions.ts';
import { Findings } from '../../../src/validation/fhir/findings.ts';
import { toXml } from '../../../src/validation/fhir/reply-xml.ts';
import { readXml } from '../../../src/validation/fhir/xml.ts';
import { listSamples, readSample } from '../../../src/samples/index.ts';
import { examine } from './examine.ts';

interface Peer {
  objToXml(resource: object): string;
  xmlToObj(xml: string): unknown;
  validate(resource: object): { valid: boolean };
}

const { Fhir } = createRequire(import.meta.url)('fhir') as { Fhir: new () => Peer };
const peer = new Fhir();
const samples = listSamples().filter(
  ({ format, valid, file }) => format === 'fhir' && valid && file.href.endsWith('.json'),
);

/** Bad samples in which the package finds nothing, and why: ours stands in each. */
const adjudicated: Readonly<Record<string, string>> = {
  'fhir-unknown-element': 'It passes over what it does not know.',
  'fhir-cardinality': 'It takes an array for any element.',
  'fhir-primitive-format': 'It takes 1980-13-45 for a date.',
  'fhir-choice-type': 'It does not see that two elements are one choice.',
  'fhir-empty-element': 'It takes empty arrays.',
  'fhir-extension-value': 'It evaluates no invariants.',
  'fhir-narrative': 'It does not read narratives.',
  'fhir-contained-nesting': 'It evaluates no invariants.',
  'fhir-duplicate-property': 'It sees what JSON.parse has left.',
  'fhir-encoding': 'It sees characters, not bytes.',
  'fhir-depth': 'It has no limit.',
  'fhir-invariant': 'It evaluates no invariants.',
  'fhir-period': 'It evaluates no invariants.',
  'fhir-reference-unresolved': 'It does not follow references.',
  'fhir-contained-id': 'It does not follow references.',
  'fhir-contained-unused': 'It does not follow references.',
  'fhir-extension-url': 'It takes any text for the URL of an extension.',
  'fhir-modifier-extension': 'It does not know which extensions are modifiers.',
  'fhir-full-url': 'It has no rules for Bundles.',
  'fhir-full-url-twice': 'It has no rules for Bundles.',
  'fhir-bundle-request': 'It has no rules for Bundles.',
  'fhir-bundle-reference': 'It has no rules for Bundles.',
  'fhir-attachment': 'It does not look into attachments.',
  'fhir-questionnaire-condition': 'It does not look into questionnaires.',
  'fhir-version': 'It takes everything for R4.',
};

function normal(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (name, one: unknown) => (name === 'div' ? 'a narrative' : one)),
  ) as unknown;
}

for (const sample of samples) {
  test(`${sample.name} is read from the XML that the package writes as what it was`, (t) => {
    const resource = JSON.parse(readSample(sample).toString()) as object;
    const xml = peer.objToXml(resource);
    const findings = new Findings();
    const read = readXml(xml, definitionsOf('r4'), findings);
    t.deepEqual(normal(sorted(read)), normal(sorted(resource)));
    t.deepEqual(
      examine(xml).issues.filter(({ severity }) => severity === 'error'),
      [],
    );
  });

  test(`${sample.name} is written with our definitions as with those of the package`, (t) => {
    const resource = JSON.parse(readSample(sample).toString()) as object;
    t.is(toXml(resource), peer.objToXml(resource));
  });
}

test('the package takes what it should not: it is never the verdict', (t) => {
  t.true(peer.validate({ resourceType: 'Patient', birthDate: '1980-13-45' }).valid);
  t.false(examine({ resourceType: 'Patient', birthDate: '1980-13-45' }).valid);
  t.throws(() => peer.validate(null as unknown as object));
});

test('each bad sample in which the package finds nothing has been looked at', (t) => {
  const bad = listSamples().filter(({ format, valid }) => format === 'fhir' && !valid);
  const unseen = bad.filter((sample) => {
    const resource = parsed(readSample(sample).toString());
    return resource !== undefined && peer.validate(resource).valid;
  });
  t.deepEqual(unseen.map(({ name }) => name).sort(), Object.keys(adjudicated).sort());
});

function parsed(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

/** Objects with their names in order, so that only what they hold is compared. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, one]) => [name, sorted(one)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
