/** What the entries of a transaction ask for, and what their references lead to. */
import test from 'ava';
import { examine, findings } from './examine.ts';

const uuid = (number: number) => `urn:uuid:0000000${number}-0000-4000-8000-000000000000`;
const patient = { resourceType: 'Patient' };
const observation = (reference: string) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'a' },
  subject: { reference },
});
const bundle = (entry: readonly object[], type = 'transaction') => ({ resourceType: 'Bundle', type, entry });
const request = (method: string, url: string) => ({ method, url });

test('a reference to a UUID leads to an entry of the transaction', (t) => {
  const post = { fullUrl: uuid(1), resource: patient, request: request('POST', 'Patient') };
  const other = { fullUrl: uuid(2), resource: observation(uuid(1)), request: request('POST', 'Observation') };
  t.deepEqual(findings(bundle([other, post])), []);
  t.deepEqual(findings(bundle([other])), [
    'fhir/reference-unresolved Bundle.entry[0].resource.subject.reference',
  ]);
  const practitioner = {
    ...post,
    resource: { resourceType: 'Practitioner' },
    request: request('POST', 'Practitioner'),
  };
  t.deepEqual(findings(bundle([other, practitioner])), [
    'fhir/reference-target Bundle.entry[0].resource.subject',
  ]);
});

test('a search in place of an id is resolved in a transaction, and nowhere else', (t) => {
  const conditional = observation('Patient?identifier=http://example.org|1');
  const entry = { resource: conditional, request: request('POST', 'Observation') };
  t.deepEqual(findings(bundle([entry])), []);
  t.deepEqual(findings(bundle([entry], 'batch')), [
    'fhir/reference-form Bundle.entry[0].resource.subject.reference',
  ]);
  t.deepEqual(findings(conditional), ['fhir/reference-form Observation.subject.reference']);
  t.true(examine(conditional, 'standard').valid);
});

test('the URL of a request says what is written', (t) => {
  const found = (method: string, url: string, resource: object) =>
    findings(bundle([{ resource, request: request(method, url) }]));
  const wrong = ['fhir/bundle-entry Bundle.entry[0].request'];
  t.deepEqual(found('PUT', 'Patient/1', { ...patient, id: '1' }), []);
  t.deepEqual(found('PUT', 'Patient?identifier=a', patient), []);
  t.deepEqual(found('POST', 'Patient', patient), []);
  t.deepEqual(found('POST', 'Patient/$match', { resourceType: 'Parameters' }), []);
  t.deepEqual(found('PUT', 'Patient/1', { ...patient, id: '2' }), wrong);
  t.deepEqual(found('PUT', 'Patient/1', patient), wrong);
  t.deepEqual(found('POST', 'Patient/1', { ...patient, id: '1' }), wrong);
  t.deepEqual(found('POST', 'Observation', patient), wrong);
});

test('a transaction writes each resource once, a batch as often as it likes', (t) => {
  const put = { resource: { ...patient, id: '1' }, request: request('PUT', 'Patient/1') };
  const remove = { request: request('DELETE', 'Patient/1') };
  t.deepEqual(findings(bundle([put, remove])), ['fhir/bundle-entry Bundle.entry[1].request']);
  t.deepEqual(findings(bundle([put, remove], 'batch')), []);
});

test('an invariant that is broken is told in the words of the standard', (t) => {
  const twice = { fullUrl: uuid(1), resource: patient, request: request('POST', 'Patient') };
  const { issues } = examine(bundle([twice, twice]), 'standard');
  t.deepEqual(
    issues.map(({ message }) => message),
    [
      'The invariant bdl-7 does not hold: FullUrl must be unique in a bundle, or else entries with the same fullUrl must have different meta.versionId (except in history bundles).',
    ],
  );
});
