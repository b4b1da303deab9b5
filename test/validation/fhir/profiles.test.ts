import test from 'ava';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fhirSettings, profileFaults } from '../../../src/validation/fhir/settings.ts';
import type { FhirSettings } from '../../../src/validation/fhir/settings.ts';
import { examine } from './examine.ts';

const US = 'http://hl7.org/fhir/us/core/StructureDefinition/';
const usCore = fhirSettings({ packages: ['us-core-5.0.1'] });

function found(resource: object, fhir: FhirSettings, rule = 'fhir/profile'): string[] {
  const { issues } = examine(resource, 'strict', { fhir });
  return issues
    .filter((issue) => issue.rule === rule)
    .map(({ location, message }) => `${location}: ${message}`);
}

const patient = {
  resourceType: 'Patient',
  meta: { profile: [`${US}us-core-patient`] },
  identifier: [{ system: 'urn:oid:1.2.3', value: '1' }],
  name: [{ family: 'Probe', given: ['Nils'] }],
  gender: 'male',
};

function pressure(code: string, value: number, unit = 'mm[Hg]') {
  const valueQuantity = { value, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: unit };
  return { code: { coding: [{ system: 'http://loinc.org', code }] }, valueQuantity };
}

const bloodPressure = {
  resourceType: 'Observation',
  meta: { profile: [`${US}us-core-blood-pressure`] },
  status: 'final',
  category: [
    {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }],
    },
  ],
  code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] },
  subject: { reference: 'Patient/nils-probe' },
  effectiveDateTime: '2024-05-17',
  component: [pressure('8480-6', 120), pressure('8462-4', 80)],
};

test('a resource that keeps to the profile it claims has no error', (t) => {
  t.deepEqual(found(patient, usCore), []);
  t.deepEqual(found(bloodPressure, usCore), []);
  t.true(examine(patient, 'strict', { fhir: usCore }).valid);
});

test('what a profile requires beyond the standard is missed', (t) => {
  const { identifier: _identifier, ...rest } = patient;
  t.deepEqual(found(rest, usCore), [
    'Patient: By the profile us-core-patient, identifier is not there, and has to be at least once.',
  ]);
});

test('without the package, or without the claim, nothing is asked', (t) => {
  const { identifier: _identifier, ...rest } = patient;
  t.deepEqual(found(rest, fhirSettings({})), []);
  t.deepEqual(found({ ...rest, meta: {} }, usCore), []);
});

test('slices are told apart by their discriminators, and counted', (t) => {
  t.deepEqual(found({ ...bloodPressure, component: bloodPressure.component.slice(0, 1) }, usCore), [
    'Observation: By the profile us-core-blood-pressure, component is there once, and has to be at least 2 times.',
    'Observation: By the profile us-core-blood-pressure, component (diastolic) is not there, and has to be at least once.',
  ]);
  t.deepEqual(found({ ...bloodPressure, category: [{ text: 'Vital signs' }] }, usCore), [
    'Observation: By the profile us-core-blood-pressure, category (VSCat) is not there, and has to be at least once.',
  ]);
});

test('fixed values, patterns and targets are held to', (t) => {
  const component = [pressure('8480-6', 16, 'kPa'), pressure('8462-4', 80)];
  t.deepEqual(found({ ...bloodPressure, component }, usCore), [
    'Observation.component[0].valueQuantity.code: By the profile us-core-blood-pressure, code has to be "mm[Hg]".',
  ]);
  t.deepEqual(found({ ...bloodPressure, code: { text: 'Blood pressure' } }, usCore), [
    'Observation.code: By the profile us-core-blood-pressure, code has to have {"coding":[{"system":"http://loinc.org","code":"85354-9"}]}.',
  ]);
  t.deepEqual(found({ ...bloodPressure, subject: { reference: 'Group/1' } }, usCore), [
    'Observation.subject: By the profile us-core-blood-pressure, subject may only lead to Patient.',
  ]);
});

test('extensions that a package defines are checked wherever they are', (t) => {
  const race = {
    url: 'ombCategory',
    valueCoding: { system: 'urn:oid:2.16.840.1.113883.6.238', code: '2106-3' },
  };
  const extension = [{ url: `${US}us-core-race`, extension: [race] }];
  t.deepEqual(found({ ...patient, meta: {}, extension }, usCore), [
    'Patient.extension[0]: By the profile us-core-race, extension (text) is not there, and has to be at least once.',
  ]);
});

test('codes of value sets that are not loaded are said to be unchecked, once for each element', (t) => {
  const sex = { url: `${US}us-core-birthsex`, valueCode: 'F' };
  const messages = found({ ...patient, extension: [sex, sex] }, usCore, 'fhir/binding-unchecked');
  const says =
    'By the profile us-core-birthsex, the codes of value[x] are those of http://hl7.org/fhir/us/core/ValueSet/birthsex: this value set is not loaded, so they were not checked.';
  t.deepEqual(messages, [
    `Patient.extension[0].valueCode: ${says}`,
    `Patient.extension[1].valueCode: ${says}`,
  ]);
  t.true(examine({ ...patient, extension: [sex] }, 'strict', { fhir: usCore }).valid);
});

test('value sets of the standard that a package needs come with it', (t) => {
  const coding = {
    system: 'http://terminology.hl7.org/CodeSystem/medicationrequest-category',
    code: 'inpatient',
  };
  const request = {
    resourceType: 'MedicationRequest',
    meta: { profile: [`${US}us-core-medicationrequest`] },
    status: 'active',
    intent: 'order',
    category: [{ coding: [coding] }],
    medicationCodeableConcept: { text: 'Probe' },
    subject: { reference: 'Patient/p' },
    authoredOn: '2024',
    requester: { reference: 'Practitioner/p' },
  };
  t.deepEqual(found(request, usCore), []);
  t.deepEqual(found(request, usCore, 'fhir/binding-unchecked'), []);
});

test('an invariant of a package is held to, in its own words', (t) => {
  const [message] = found({ ...patient, name: [{ text: 'Nils Probe' }] }, usCore);
  t.regex(
    message ?? '',
    /^Patient: By the profile us-core-patient, its invariant us-core-6 does not hold: Either Patient/,
  );
});

test('the extensions of a package stand where it lets them, and have its parts', (t) => {
  const extension = [{ url: `${US}us-core-race`, extension: [{ url: 'colour', valueString: 'a' }] }];
  const said = (rule: string) => found({ ...bloodPressure, extension }, usCore, rule);
  t.deepEqual(said('fhir/extension-context'), [
    'Observation.extension[0]: This extension may not stand here, but in: Patient, RelatedPerson, Person, Practitioner, FamilyMemberHistory.',
  ]);
  t.deepEqual(said('fhir/extension-url'), [
    'Observation.extension[0].extension[0]: This extension has no part of this name, but: ombCategory, detailed, text.',
  ]);
  const value = { url: `${US}us-core-race`, valueString: 'a' };
  t.true(
    found({ ...patient, extension: [value] }, usCore).includes(
      'Patient.extension[0]: By the profile us-core-race, value[x] is there once, and may not be.',
    ),
  );
});

test('what is to be supported is information, and said once', (t) => {
  const messages = found(patient, usCore, 'fhir/must-support');
  t.deepEqual(messages, [
    'Patient: The profile us-core-patient wants birthDate supported: it is not there.',
    'Patient: The profile us-core-patient wants address supported: it is not there.',
  ]);
});

test('a profile that is not loaded, or is for another type, is named', (t) => {
  const meta = { profile: ['http://example.org/StructureDefinition/unheard-of'] };
  for (const fhir of [usCore, fhirSettings({})]) {
    t.deepEqual(found({ ...patient, meta }, fhir, 'fhir/profile-unknown'), [
      'Patient.meta.profile[0]: This profile is not loaded: the resource was not held to it.',
    ]);
  }
  t.deepEqual(found({ ...patient, meta: bloodPressure.meta }, usCore), [
    'Patient: The profile us-core-blood-pressure is for Observation.',
  ]);
});

test('the profile of a type is the standard itself; others of the standard are not loaded', (t) => {
  const core = 'http://hl7.org/fhir/StructureDefinition/';
  const claiming = (url: string) => ({ ...bloodPressure, meta: { profile: [url] } });
  t.deepEqual(found(claiming(`${core}Observation|4.0.1`), usCore, 'fhir/profile-unknown'), []);
  t.is(found(claiming(`${core}bp`), usCore, 'fhir/profile-unknown').length, 1);
});

test('a claim may name the version of a profile; another one than is loaded is said', (t) => {
  const claiming = (version: string) => ({
    ...patient,
    meta: { profile: [`${US}us-core-patient|${version}`] },
  });
  for (const version of ['5.0.1', '5.0', '5'])
    t.deepEqual(found(claiming(version), usCore, 'fhir/profile-unknown'), []);
  t.deepEqual(found(claiming('3.1.1'), usCore, 'fhir/profile-unknown'), [
    'Patient.meta.profile[0]: Another version of this profile is loaded (5.0.1): the resource was held to that.',
  ]);
  const { identifier: _identifier, ...rest } = claiming('3.1.1');
  t.is(found(rest, usCore).length, 1);
});

test('profiles and value sets of a folder are loaded; what cannot be used is told', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'healthos-profiles-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'package'));
  const write = (name: string, content: object | string) =>
    writeFileSync(
      join(folder, 'package', name),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  const base = { min: 0, max: '*' };
  const url = 'http://example.org/StructureDefinition/our-patient';
  const profile = { resourceType: 'StructureDefinition', derivation: 'constraint', url, type: 'Patient' };
  write('package.json', '{"name":"ours"}');
  write('StructureDefinition-our-patient.json', {
    ...profile,
    snapshot: {
      element: [
        { id: 'Patient', path: 'Patient', min: 0, max: '*', base },
        {
          id: 'Patient.name',
          path: 'Patient.name',
          min: 1,
          max: '1',
          base,
          constraint: [
            { key: 'our-1', severity: 'error', expression: 'family.exists()', source: `${url}-base` },
          ],
        },
        {
          id: 'Patient.maritalStatus',
          path: 'Patient.maritalStatus',
          min: 0,
          max: '1',
          base: { min: 0, max: '1' },
          type: [{ code: 'CodeableConcept' }],
          binding: { strength: 'required', valueSet: 'http://example.org/ValueSet/ours|1.0' },
        },
      ],
    },
  });
  write('StructureDefinition-no-snapshot.json', { ...profile, url: `${url}-2` });
  write('broken.json', '{');
  for (const [name, odd] of Object.entries({
    type: { type: {} },
    discriminator: { slicing: { discriminator: [{ type: 'value' }] } },
    base: { base: { min: '1' } },
    binding: { binding: 'required' },
    constraint: { constraint: [null] },
  })) {
    const element = [{ id: 'Patient', path: 'Patient', min: 0, max: '*', ...odd }];
    write(`odd-${name}.json`, { ...profile, url: `${url}-${name}`, version: 7, snapshot: { element } });
  }
  write('ValueSet-ours.json', {
    resourceType: 'ValueSet',
    url: 'http://example.org/ValueSet/ours',
    compose: { include: [{ system: 'http://example.org/codes', concept: [{ code: 'm' }] }] },
  });
  const ours = fhirSettings({ folder });
  t.is(ours.profiles?.size, 1);
  const faults = profileFaults().filter((file) => file.startsWith(folder));
  t.deepEqual(
    faults.map((file) => file.slice(folder.length + 1)),
    [
      'StructureDefinition-no-snapshot.json',
      'broken.json',
      ...['base', 'binding', 'constraint', 'discriminator', 'type'].map((name) => `odd-${name}.json`),
    ].map((name) => `package/${name}`),
  );
  const claimed = { ...patient, meta: { profile: [url] } };
  const status = (code: string) => ({ coding: [{ system: 'http://example.org/codes', code }] });
  t.deepEqual(found({ ...claimed, maritalStatus: status('m') }, ours), []);
  t.deepEqual(found({ ...claimed, name: [{ text: 'N' }], maritalStatus: status('x') }, ours), [
    'Patient.name[0]: By the profile our-patient, its invariant our-1 does not hold: family.exists().',
    'Patient.maritalStatus: By the profile our-patient, maritalStatus has no code of http://example.org/ValueSet/ours.',
  ]);
});

test('a folder that is not there is told, and nothing else comes of it', (t) => {
  const folder = join(tmpdir(), 'healthos-no-such-folder');
  t.is(fhirSettings({ folder }).profiles?.size, 0);
  t.true(profileFaults().includes(folder));
});
