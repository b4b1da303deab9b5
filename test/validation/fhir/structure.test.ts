import test from 'ava';
import { examine, findings } from './examine.ts';

const patient = { resourceType: 'Patient', id: 'nils-probe' };
const observation = { resourceType: 'Observation', status: 'final', code: { text: 'Weight' } };

test('the type and the version of a resource are told', (t) => {
  const { type, version } = examine(patient);
  t.is(type, 'Patient');
  t.is(version, '4.0.1');
});

test('a bundle is known by its identifier, another resource by its id', (t) => {
  t.is(
    examine({ resourceType: 'Bundle', id: 'a', identifier: { value: 'B-1' }, type: 'batch' }).controlId,
    'B-1',
  );
  t.is(examine(patient).controlId, 'nils-probe');
  t.is(examine({ resourceType: 'Patient', id: 'x'.repeat(300) }).controlId, null);
});

test('meta.source is the sender', (t) => {
  t.is(examine({ ...patient, meta: { source: 'urn:oid:1.2.3' } }).sender, 'urn:oid:1.2.3');
  t.is(examine(patient).sender, null);
});

test('a location names the element with its indices', (t) => {
  const contact = [{ name: { family: 'Probe', given: ['Nils', 7] } }];
  t.deepEqual(findings({ ...patient, contact }), ['fhir/data-type Patient.contact[0].name.given[1]']);
});

test('the resources within a bundle are checked', (t) => {
  const entry = [{ resource: patient }, { resource: { ...observation, value: 1 } }];
  const bundle = { resourceType: 'Bundle', type: 'collection', entry };
  t.deepEqual(findings(bundle), [
    'fhir/unknown-element Bundle.entry[1].resource.value',
    'fhir/full-url-missing Bundle.entry[0]',
    'fhir/full-url-missing Bundle.entry[1]',
  ]);
});

test('a contained resource is checked, and needs a type', (t) => {
  const contained = [{ resourceType: 'Group' }, { resourceType: 'Grupp' }, 7];
  t.deepEqual(findings({ ...patient, contained }), [
    'fhir/required-element Patient.contained[0]',
    'fhir/required-element Patient.contained[0]',
    'fhir/unknown-resource-type Patient.contained[1]',
    'fhir/data-type Patient.contained[2]',
    'fhir/contained-id Patient.contained[0]',
    'fhir/contained-id Patient.contained[1]',
  ]);
});

test('an element that refers to the content of another one nests', (t) => {
  const inner = { linkId: '1.1.1', type: 'string', answer: 'no' };
  const item = [{ linkId: '1', type: 'group', item: [{ linkId: '1.1', type: 'group', item: [inner] }] }];
  const questionnaire = { resourceType: 'Questionnaire', status: 'draft', item };
  t.deepEqual(findings(questionnaire), ['fhir/unknown-element Questionnaire.item[0].item[0].item[0].answer']);
});

test('an abstract type is no resource', (t) => {
  for (const resourceType of [
    'Resource',
    'DomainResource',
    'HumanName',
    'constructor',
    '__proto__',
    7,
    null,
  ]) {
    t.deepEqual(findings({ resourceType }), ['fhir/unknown-resource-type '], String(resourceType));
  }
});

test('what is no object is no resource', (t) => {
  for (const text of ['null', 'true', '7', '"Patient"', '[]', '[{"resourceType":"Patient"}]']) {
    t.deepEqual(findings(text), ['fhir/unknown-resource-type '], text);
  }
});

test('an unknown element is named only when its name looks like one', (t) => {
  t.deepEqual(findings({ ...patient, hairColour: 1 }), ['fhir/unknown-element Patient.hairColour']);
  t.deepEqual(findings({ ...patient, 'Nils Probe, 1980': 1 }), ['fhir/unknown-element Patient']);
  t.deepEqual(findings({ ...patient, ['x'.repeat(41)]: 1 }), ['fhir/unknown-element Patient']);
});

test('keys that mean something to the language are elements like any other', (t) => {
  const text = '{"resourceType":"Patient","__proto__":{"id":"a"},"constructor":1,"toString":{}}';
  t.deepEqual(findings(text), [
    'fhir/unknown-element Patient.__proto__',
    'fhir/unknown-element Patient.constructor',
    'fhir/unknown-element Patient.toString',
  ]);
  t.is(({} as Record<string, unknown>)['id'], undefined);
});

test('an element is required wherever its parent is', (t) => {
  t.deepEqual(findings({ resourceType: 'Observation', status: 'final' }), [
    'fhir/required-element Observation',
  ]);
  t.deepEqual(findings({ ...patient, communication: [{ preferred: true }] }), [
    'fhir/required-element Patient.communication[0]',
  ]);
});

test('of a required choice one of its types has to be there', (t) => {
  const request = {
    resourceType: 'MedicationRequest',
    status: 'active',
    intent: 'order',
    subject: { display: 'N.' },
  };
  t.deepEqual(findings(request), ['fhir/required-element MedicationRequest']);
  t.deepEqual(findings({ ...request, medicationReference: { display: 'M.' } }), []);
});

test('a choice takes each of its types, and one of them', (t) => {
  t.deepEqual(findings({ ...observation, valueString: 'heavy' }), []);
  t.deepEqual(findings({ ...observation, valueAddress: {} }), [
    'fhir/unknown-element Observation.valueAddress',
  ]);
  t.deepEqual(findings({ ...observation, valueInteger: 1, valueString: 'one' }), [
    'fhir/choice-type Observation.valueString',
  ]);
});

test('the id and the extensions of a primitive stand beside it', (t) => {
  const _birthDate = { extension: [{ url: 'http://example.org/why', valueCode: 'asked' }] };
  t.deepEqual(findings({ ...patient, birthDate: '1980', _birthDate }), []);
  t.deepEqual(findings({ ...patient, _birthDate }), []);
  t.deepEqual(findings({ ...patient, _birthDate: '1980' }), ['fhir/data-type Patient.birthDate']);
  t.deepEqual(findings({ ...patient, _birthDate: { why: 1 } }), [
    'fhir/unknown-element Patient.birthDate.why',
  ]);
  t.deepEqual(findings({ ...patient, _name: [] }), ['fhir/unknown-element Patient._name']);
});

test('a null in an array stands for what is in the array beside it', (t) => {
  const extension = [{ url: 'http://example.org/why', valueCode: 'asked' }];
  const name = (given: unknown, _given: unknown): object => ({ ...patient, name: [{ given, _given }] });
  t.deepEqual(findings(name(['Nils', null], [null, { extension }])), []);
  t.deepEqual(findings(name([null], [null])), ['fhir/data-type Patient.name[0].given[0]']);
});

test('objects, arrays and texts are not empty', (t) => {
  t.deepEqual(findings({ ...patient, name: [] }), ['fhir/empty-element Patient.name']);
  t.deepEqual(findings({ ...patient, name: [{}] }), ['fhir/empty-element Patient.name[0]']);
  t.deepEqual(findings({ ...patient, language: '' }), ['fhir/primitive-format Patient.language']);
});

test('a resource may have nothing but its type', (t) => {
  t.deepEqual(findings({ resourceType: 'Parameters' }), []);
});

test('an extension has a value or extensions', (t) => {
  const url = 'http://example.org/colour';
  const extended = (extension: object): string[] => findings({ ...patient, extension: [extension] });
  t.deepEqual(extended({ url, valueString: 'blue' }), []);
  t.deepEqual(extended({ url, extension: [{ url, valueBoolean: true }] }), []);
  t.deepEqual(extended({ url }), ['fhir/extension-value Patient.extension[0]']);
  t.deepEqual(extended({ url, valueCode: 'a', extension: [{ url, valueCode: 'b' }] }), [
    'fhir/extension-value Patient.extension[0]',
  ]);
});

test('a concept with a required binding has one coding of the value set', (t) => {
  const condition = (coding: object[]): string[] =>
    findings({ resourceType: 'Condition', subject: { display: 'N.' }, clinicalStatus: { coding } });
  const system = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
  t.deepEqual(condition([{ system, code: 'active' }]), []);
  t.deepEqual(
    condition([
      { system: 'http://example.org', code: 'x' },
      { system, code: 'active' },
    ]),
    [],
  );
  t.deepEqual(condition([{ system, code: 'ill' }]), ['fhir/required-binding Condition.clinicalStatus']);
});

test('a text alone is no code, a reason for its absence will do', (t) => {
  const condition = { resourceType: 'Condition', subject: { display: 'N.' } };
  const extension = [
    { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' },
  ];
  t.deepEqual(findings({ ...condition, clinicalStatus: { text: 'ill' } }), [
    'fhir/required-binding Condition.clinicalStatus',
  ]);
  t.deepEqual(findings({ ...condition, clinicalStatus: { extension } }), []);
});

test('of a large value set the codes are not all named', (t) => {
  const [issue] = examine({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: 'bad' }],
  }).issues;
  t.is(issue?.message, 'The code is not of the value set issue-type.');
});

test('the specification of a finding is the element in the definition', (t) => {
  const [issue] = examine({ ...patient, contact: [{ gender: 'm' }] }).issues;
  t.is(issue?.spec, 'FHIR R4 (4.0.1), Patient.contact.gender');
});

test('what is wrong with a URI that stands for an OID or a UUID is said', (t) => {
  const [issue] = examine({ ...patient, identifier: [{ system: 'urn:oid:1.02' }] }, 'standard').issues;
  const form = 'a URI without spaces, with an OID after urn:oid: and a UUID after urn:uuid:';
  t.is(issue?.message, `The value is not a uri: it has to be ${form}.`);
});

test('a narrative is well-formed XHTML for formatting, and not empty', (t) => {
  const narrative = (content: string): string[] => {
    const div = `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`;
    return findings({ ...patient, text: { status: 'generated', div } });
  };
  t.deepEqual(narrative('<p class="a">Nils &amp; <b>Ole</b></p>'), []);
  t.deepEqual(narrative('<img src="#a" alt=""/>'), []);
  t.deepEqual(narrative('<a href="https://www.example.org/?q=javascript:a">a</a>'), []);
  for (const bad of [
    '<script>a</script>',
    '<p onclick="a()">a</p>',
    '<a href="javascript:a()">a</a>',
    '<a href=" java&#x9;Script:a()">a</a>',
    ' <br/> ',
    '<p>a',
    '&nbsp;',
    '<!DOCTYPE a>',
  ]) {
    t.deepEqual(narrative(bad), ['fhir/narrative Patient.text.div'], bad);
  }
});

const said = (resource: object): readonly string[] =>
  examine(resource, 'standard').issues.map(({ message }) => message);

test('an unknown name is answered with the one that may be meant', (t) => {
  const patient = { resourceType: 'Patient' };
  t.deepEqual(said({ ...patient, birthdate: '1970' }), [
    'Patient has no such element: did you mean birthDate?',
  ]);
  t.deepEqual(said({ ...patient, deceasedString: 'x' }), [
    'Patient has no such element: deceased[x] is written deceasedBoolean, deceasedDateTime.',
  ]);
  t.deepEqual(said({ ...patient, _name: [{ id: 'a' }] }), [
    'Only a primitive has its id and extensions beside it: here they are within it.',
  ]);
  t.deepEqual(said({ ...patient, hairColour: 'brown' }), [
    'Patient has no such element: correct its name, or carry it as an extension.',
  ]);
  t.regex(said({ resourceType: 'patient' })[0] ?? '', /Did you mean Patient\?$/);
});

test('a null that stands for nothing is told as one', (t) => {
  t.deepEqual(said({ resourceType: 'Patient', birthDate: null }), [
    'null is no value: leave the element out.',
  ]);
  t.deepEqual(said({ resourceType: 'Patient', name: [null] }), ['null is no value: leave it out.']);
});
