/** `healthos validate` by a service definition, and by what is said of FHIR beside it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Issue } from '../../src/validation/issue.ts';
import { documents, healthos } from './cli.ts';

const core = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient';
const patient = { resourceType: 'Patient', meta: { profile: [core] }, name: [{ family: 'Probe' }] };
const usCore = ['--fhir-packages', 'us-core-5.0.1'];

async function judged(input: object, args: readonly string[]) {
  const { stdout } = await healthos(['validate', '-', '--json', ...args], { input: JSON.stringify(input) });
  const [verdict] = documents(stdout);
  const issues = verdict?.['issues'] as readonly Issue[];
  return { version: verdict?.['version'], valid: verdict?.['valid'], rules: issues.map(({ rule }) => rule) };
}

async function folderWith(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'healthos-validate-'));
  t.teardown(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

test('validate holds FHIR to the release and the profiles that are named', async (t) => {
  t.true((await judged(patient, [])).valid);
  const { valid, rules } = await judged(patient, usCore);
  t.false(valid);
  t.true(rules.includes('fhir/profile'));
  t.is((await judged(patient, ['--fhir-version', 'R4B'])).version, '4.3.0');
});

test('validate holds FHIR to the packages in a folder, and tells which files cannot be used', async (t) => {
  const url = 'http://example.org/StructureDefinition/named';
  const element = [
    { id: 'Patient', path: 'Patient', min: 0, max: '*' },
    { id: 'Patient.name', path: 'Patient.name', min: 2, max: '*', base: { min: 0, max: '*' } },
  ];
  const profile = { resourceType: 'StructureDefinition', url, type: 'Patient', derivation: 'constraint' };
  const folder = await folderWith(t, {
    'good.json': JSON.stringify({ ...profile, snapshot: { element } }),
    'bad.json': '{',
  });
  const input = JSON.stringify({ ...patient, meta: { profile: [url] } });
  const { status, stderr, stdout } = await healthos(['validate', '-', '--json', '--fhir-folder', folder], {
    input,
  });
  t.is(status, 1);
  t.regex(stdout, /fhir\/profile/);
  t.is(stderr, `${join(folder, 'bad.json')}: this cannot be used as a profile.\n`);
});

test('validate takes what a service definition says, and of it what holds for a connector', async (t) => {
  const folder = await folderWith(t, {
    'gateway.yaml': `
app: { auth: { tokens: [{ name: ops, role: admin, sha256: '\${A_SECRET_THAT_IS_NOT_HERE}' }] } }
validation: { preset: strict, fhir: { version: R5 } }
connectors:
  - type: inbound
    id: wards
    config: { type: FhirEndpoint }
    validation: { preset: standard, rules: { fhir/profile: information }, fhir: { packages: [us-core-5.0.1] } }
`,
  });
  const file = ['-f', join(folder, 'gateway.yaml')];
  const all = await judged(patient, file);
  t.is(all.version, '5.0.0');
  t.true(all.rules.includes('fhir/best-practice'));
  const wards = await judged(patient, [...file, '--connector', 'wards']);
  t.true(wards.valid);
  t.true(wards.rules.includes('fhir/profile'));
  const named = await judged(patient, [...file, '--connector', 'wards', '--fhir-version', 'R4']);
  t.is(named.version, '4.0.1');
  t.true(named.rules.includes('fhir/profile'));
});
