/** `healthos validate --reply`: what a sender would be answered. */
import test from 'ava';
import { findSample, readSample } from '../../src/samples/index.ts';
import { documents, healthos } from './cli.ts';

function sample(name: string): Buffer {
  const found = findSample(name);
  if (found === undefined) throw new Error(name);
  return readSample(found);
}

test('of HL7 it is an ACK, alone on standard output, byte for byte', async (t) => {
  const { status, stdout } = await healthos(['validate', '-', '--reply'], {
    input: sample('hl7v2-timestamp'),
  });
  t.is(status, 1);
  const segments = stdout.split('\r');
  t.regex(segments[0] ?? '', /^MSH\|\^~\\&\|HEALTHOS\|GATEWAY\|ADT1\|/);
  t.is(segments[1], 'MSA|AE|ADT0000001');
  t.regex(segments[2] ?? '', /^ERR\|\|PID\^1\^7\^1\|102\^/);
  t.is(segments[3], '');
});

test('of FHIR it is an OperationOutcome, of X12 a 999; with --json it stands beside the verdict', async (t) => {
  const fhir = await healthos(['validate', '-', '--reply'], { input: sample('fhir-patient') });
  t.is((JSON.parse(fhir.stdout) as { resourceType: string }).resourceType, 'OperationOutcome');
  const x12 = await healthos(['validate', '-', '--reply', '--json'], { input: sample('x12-270') });
  t.is(x12.status, 0);
  const [verdict] = documents(x12.stdout);
  t.like(verdict, { valid: true, format: 'x12' });
  t.regex(String(verdict?.['reply']), /^ISA\*.*~ST\*999\*/);
});

test('an acknowledgement, and what has no reply of its own, is answered nothing, and said so', async (t) => {
  const input = 'MSH|^~\\&|A|B|C|D|20260301||ACK^A01^ACK|9|P|2.5.1\rMSA|AA|1\r';
  const { stdout, stderr } = await healthos(['validate', '-', '--reply'], { input });
  t.is(stdout, '');
  t.regex(stderr, /no reply of its own/);
});
