import test from 'ava';
import type { ValidationDefinition } from '../../../src/config/definition.ts';
import { hl7v2Engine } from '../../../src/validation/hl7v2/index.ts';
import { judge, type Judged } from '../../../src/validation/judge.ts';
import { overlay, policyOf } from '../../../src/validation/levels.ts';
import type { SiteProfile } from '../../../src/validation/site-profile.ts';

const profile: SiteProfile = {
  name: 'North',
  tables: { '0001': ['F', 'M', 'X'], ward: ['W1', 'W2'] },
  segments: {
    PID: { fields: { 8: { required: true }, 18: { length: 6 } } },
    PV1: { fields: { 2: { required: false }, 10: { table: 'ward' } } },
    ZNO: {
      fields: { 1: { type: 'SI', required: true }, 2: { table: 'ward' }, 3: { type: 'DT', repeat: 2 } },
    },
  },
};

const general: ValidationDefinition = { preset: 'standard', rules: {}, profile: 'north' };

function verdictOf(definition: ValidationDefinition, ...segments: string[]): Judged {
  const bytes = Buffer.from(segments.map((segment) => `${segment}\r`).join(''));
  const policy = policyOf(definition, { north: profile });
  return judge(hl7v2Engine, { bytes, size: bytes.length }, policy.levels, policy);
}

const header = (application: string): string =>
  `MSH|^~\\&|${application}|N|H|G|20260410||ADT^A01^ADT_A01|1|P|2.5.1`;
const rest = ['EVN||20260410', 'PID|1||88123^^^N^MR||NEWTON^ADA|||F||||||||||ACC1', 'PV1|1|I|W4'];
const issuesOf = (definition: ValidationDefinition, ...segments: string[]): string[] =>
  verdictOf(definition, ...segments)
    .issues.filter(({ severity }) => severity !== 'information')
    .map(({ rule, severity, location }) => `${severity} ${rule} ${location}`);

test('a profile’s required fields, lengths and tables are errors where they are broken', (t) => {
  const broken = ['PID|1||88123^^^N^MR||NEWTON^ADA|||||||||||||ACC-0001', 'PV1|1|I|W4|||||||W3'];
  t.deepEqual(issuesOf(general, header('A'), 'EVN||20260410', ...broken), [
    'error hl7v2/profile-required PID-8',
    'error hl7v2/profile-length PID-18',
    'error hl7v2/profile-code PV1-10',
  ]);
  t.deepEqual(issuesOf(general, header('A'), ...rest), []);
});

test('a site’s values replace those of an HL7 table wherever it is used', (t) => {
  const other = rest.map((segment) => segment.replace('|F|', '|X|'));
  t.deepEqual(issuesOf({ ...general, preset: 'strict' }, header('A'), ...other), []);
  const unknown = rest.map((segment) => segment.replace('|F|', '|U|'));
  t.deepEqual(issuesOf(general, header('A'), ...unknown), ['error hl7v2/profile-code PID-8']);
});

test('a field that the standard requires may be left out where the site says so', (t) => {
  t.deepEqual(issuesOf({ ...general, preset: 'strict' }, header('A'), ...rest.slice(0, 2), 'PV1|1'), []);
});

test('the fields of a local segment are examined where a profile defines them, and it may stand anywhere', (t) => {
  const local = 'ZNO||W9|20261301~20260101~20260102';
  t.deepEqual(issuesOf(general, header('A'), local, ...rest), [
    'error hl7v2/profile-required ZNO-1',
    'error hl7v2/profile-code ZNO-2',
    'error hl7v2/date ZNO-3[1]',
    'warning hl7v2/field-repetition ZNO-3[3]',
  ]);
  t.deepEqual(issuesOf({ ...general, profile: undefined }, header('A'), local, ...rest), []);
});

test('what is said of a sender wins over its connector, which wins over what holds for all', (t) => {
  const all: ValidationDefinition = {
    preset: 'standard',
    rules: { 'hl7v2/timestamp': 'warning' },
    senders: { OLD: { preset: 'lenient' }, NEW: { rules: { 'hl7v2/timestamp': 'information' } } },
  };
  const connector = overlay(all, { preset: 'strict', senders: { NEW: { profile: 'north' } } });
  const late = ['EVN||2026-04-10', ...rest.slice(1)];
  t.deepEqual(issuesOf(all, header('A'), ...late), ['warning hl7v2/timestamp EVN-2']);
  t.deepEqual(issuesOf(connector, header('A'), ...late), ['warning hl7v2/timestamp EVN-2']);
  t.deepEqual(issuesOf(connector, header('NEW'), ...late), []);
  const nameless = [...late.slice(0, 1), 'PID|1||88123^^^N^MR|||||', 'PV1|1|I|W4'];
  const required = (application: string): string[] =>
    issuesOf(connector, header(application), ...nameless).filter((issue) => !issue.includes('timestamp'));
  t.deepEqual(required('A'), ['error hl7v2/required-field PID-5']);
  t.deepEqual(required('OLD'), []);
  t.deepEqual(required('NEW'), ['error hl7v2/required-field PID-5', 'error hl7v2/profile-required PID-8']);
});

test('in a batch each message is judged by its own sender', (t) => {
  const definition: ValidationDefinition = {
    ...general,
    senders: { OLD: { rules: { 'hl7v2/timestamp': 'off' } } },
  };
  const late = ['EVN||2026-04-10', ...rest.slice(1)];
  const both = ['BHS|^~\\&|A', header('OLD'), ...late, header('A'), ...late, 'BTS|2'];
  t.deepEqual(issuesOf(definition, ...both), ['error hl7v2/timestamp message[2]/EVN-2']);
});
