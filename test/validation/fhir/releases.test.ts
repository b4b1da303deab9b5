import test from 'ava';
import { fhirSettings, releaseByConnector } from '../../../src/validation/fhir/settings.ts';
import { errorsOf, examine } from './examine.ts';

/** `versionAlgorithm[x]` came with R5, `SubscriptionStatus` with R4B; `Media` is gone in R5. */
const r5 = {
  resourceType: 'CodeSystem',
  status: 'draft',
  content: 'complete',
  versionAlgorithmString: 'semver',
};
const media = { resourceType: 'Media', status: 'completed', content: { title: 'a' } };

test('a payload is of R4 where nothing says otherwise', (t) => {
  t.is(examine(media).version, '4.0.1');
  t.deepEqual(errorsOf(examine(r5)), ['fhir/unknown-element']);
});

test('the version beside the content type goes before all else', (t) => {
  const verdict = examine(r5, 'strict', { fhirVersion: '5.0' });
  t.true(verdict.valid);
  t.is(verdict.version, '5.0.0');
  t.deepEqual(errorsOf(examine(media, 'strict', { fhirVersion: '5.0' })), ['fhir/unknown-resource-type']);
  t.true(examine(media, 'strict', { fhirVersion: '4.3' }).valid);
});

test('a profile of the standard itself says the version, in JSON and in XML', (t) => {
  const profile = ['http://hl7.org/fhir/StructureDefinition/CodeSystem|5.0.0'];
  t.true(examine({ ...r5, meta: { profile } }).valid);
  const xml = `<CodeSystem xmlns="http://hl7.org/fhir"><meta><profile value="http://hl7.org/fhir/5.0/StructureDefinition/CodeSystem"/></meta><versionAlgorithmString value="semver"/><status value="draft"/><content value="complete"/></CodeSystem>`;
  t.is(examine(xml).version, '5.0.0');
  t.true(examine(xml).valid);
});

test('what is configured holds for payloads that do not say', (t) => {
  const fhir = fhirSettings({ version: 'R5' });
  t.is(examine(r5, 'strict', { fhir }).version, '5.0.0');
  t.is(examine(r5, 'strict', { fhir, fhirVersion: '4.0' }).version, '4.0.1');
});

test('a connector has the release of its own validation, else that for all', (t) => {
  const validation = { preset: 'standard', rules: {}, fhir: { version: 'R4B' } } as const;
  const connectors = { a: { fhir: { version: 'R5' } } } as const;
  const releaseOf = releaseByConnector({ validation, connectors, profiles: {} });
  t.is(releaseOf('a'), 'r5');
  t.is(releaseOf('b'), 'r4b');
  const plain = { preset: 'strict', rules: {} } as const;
  t.is(releaseByConnector({ validation: plain, connectors: {}, profiles: {} })('a'), 'r4');
});

test('a version that is not validated is said so', (t) => {
  t.deepEqual(errorsOf(examine(media, 'strict', { fhirVersion: '3.0' })), ['fhir/version']);
});

test('findings cite the release', (t) => {
  const [issue] = examine({ ...r5, content: 'no' }, 'standard', { fhirVersion: '5.0' }).issues;
  t.is(issue?.spec, 'FHIR R5 (5.0.0), CodeSystem.content');
});

test('each release has its invariants', (t) => {
  const attachment = { contentType: 'text/plain', data: 'QUJD', size: '3' };
  const note = { resourceType: 'Patient', photo: [attachment] };
  t.true(examine(note, 'strict', { fhirVersion: '5.0' }).valid);
  t.deepEqual(errorsOf(examine(note)), ['fhir/data-type']);
  const observation = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'a' },
    valueString: 'a',
    dataAbsentReason: { text: 'b' },
  };
  for (const fhirVersion of ['4.0', '4.3', '5.0']) {
    t.deepEqual(errorsOf(examine(observation, 'strict', { fhirVersion })), ['fhir/invariant'], fhirVersion);
  }
});
