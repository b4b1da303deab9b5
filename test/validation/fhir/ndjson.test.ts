import test from 'ava';
import { examine } from './examine.ts';

const good = '{"resourceType":"Patient","id":"a"}';
const bad = '{"resourceType":"Patient","id":"b","gender":"m"}';

function lines(...all: string[]) {
  const { issues } = examine(all.join('\n'), 'standard');
  return issues.map(({ rule, location, line, column }) => `${rule} ${location} ${line ?? 0}:${column ?? 0}`);
}

test('each line is a resource, and findings say in which line', (t) => {
  t.deepEqual(lines(good, good, ''), []);
  t.deepEqual(lines(good, '', bad, good), ['fhir/required-binding Patient.gender 3:36']);
});

test('a line that is no JSON does not keep the others from being read', (t) => {
  t.deepEqual(lines(good, '{"resourceType":', bad), [
    'fhir/json-syntax  2:17',
    'fhir/required-binding Patient.gender 3:36',
  ]);
});

test('a line that is no JSON is told by its line in the file', (t) => {
  const { issues } = examine(`${good}\n${good}\n{bad`, 'standard');
  t.is(
    issues[0]?.message,
    'The JSON cannot be read at line 3, column 2: the name of a property in double quotes is expected.',
  );
});

test('the file is of the type that all its resources are of', (t) => {
  t.is(examine(`${good}\n${good}`).type, 'Patient');
  t.is(examine(`${good}\n{"resourceType":"Basic","code":{"text":"a"}}`).type, null);
  t.is(examine(`${good}\n${good}`).version, '4.0.1');
});

test('a resource that is written over several lines is none such file', (t) => {
  t.true(examine(`{"resourceType":"Patient",\n"id":"a"}\n`).valid);
  t.true(examine(`${good}\n`).valid);
  t.false(examine(`${good}\nrubbish`).valid);
});

test('a file of blank lines holds nothing', (t) => {
  const { issues } = examine('\n \n', 'standard', { hint: 'application/fhir+ndjson' });
  t.deepEqual(
    issues.map(({ message }) => message),
    ['The JSON cannot be read: there is none.'],
  );
});
