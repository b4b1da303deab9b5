import test from 'ava';
import { hl7v2Engine } from '../../../src/validation/hl7v2/index.ts';
import { hl7Reply } from '../../../src/validation/hl7v2/reply.ts';
import { samplesOf, verdictOf } from './support.ts';

const samples = new Map(samplesOf('hl7v2').map((sample) => [sample.name, sample.bytes]));
const at = new Date('2026-03-14T12:00:05Z');

function reply(bytes: Uint8Array): string[] {
  return hl7Reply(bytes, verdictOf(hl7v2Engine, bytes), at, 'R1').toString('latin1').split('\r');
}

const sample = (name: string): Buffer => samples.get(`hl7v2-${name}`) ?? Buffer.alloc(0);

test('a valid message is acknowledged with AA, sender and receiver exchanged', (t) => {
  t.deepEqual(reply(sample('adt-a01')), [
    'MSH|^~\\&|HEALTHOS|GATEWAY|ADT1|LINDEN HOSPITAL|20260314120005+0000||ACK^A01^ACK|R1|P|2.5.1',
    'MSA|AA|ADT0000001',
    '',
  ]);
});

test('an invalid message is answered with AE and says where and what in ERR', (t) => {
  const [, msa, err] = reply(sample('timestamp'));
  t.is(msa, 'MSA|AE|ADT0000001');
  t.true(
    err?.startsWith('ERR||PID^1^7^1|102^Data type error^HL70357|E|hl7v2/timestamp|||PID-7 is not a date'),
  );
});

test('a message type, version or processing id that is refused is rejected with AR', (t) => {
  const bytes = sample('adt-a01');
  const issue = { severity: 'error', location: 'MSH', message: 'Not ours.', spec: '' } as const;
  for (const rule of ['message-type', 'unknown-message-type', 'version', 'processing-id']) {
    const issues = [{ ...issue, rule: `hl7v2/${rule}` }];
    t.true(hl7Reply(bytes, { valid: false, issues }, at, 'R1').includes('MSA|AR|ADT0000001'), rule);
  }
});

test('of more mistakes than a reply tells, the errors come first', (t) => {
  const warning = {
    rule: 'hl7v2/code',
    severity: 'warning',
    location: 'PID-8',
    message: 'W.',
    spec: '',
  } as const;
  const issues = [...Array.from({ length: 40 }, () => warning), { ...warning, severity: 'error' as const }];
  const errors = hl7Reply(sample('adt-a01'), { valid: false, issues }, at, 'R1')
    .toString()
    .split('\r')
    .slice(2, -1);
  t.is(errors.length, 32);
  t.true(errors[0]?.includes('|103^Table value not found^HL70357|E|'));
});

test('bytes beyond ASCII are echoed as they came, with their character set', (t) => {
  const bytes = Buffer.from('MSH|^~\\&|\xe4|F|C|D|2026||ADT^A01|7\xe4|P|2.5||||||8859/1\rPID|1\r', 'latin1');
  const [header, msa] = hl7Reply(bytes, { valid: true, issues: [] }, at, 'R1').toString('latin1').split('\r');
  t.is(header, 'MSH|^~\\&|C|D|\xe4|F|20260314120005+0000||ACK^A01^ACK|R1|P|2.5||||||8859/1');
  t.is(msa, 'MSA|AA|7\xe4');
});

test('the header of the first message of a batch is what is answered', (t) => {
  const bytes = Buffer.from('BHS|^~\\&|A\rMSH|^~\\&|A|B|C|D|2026||ADT^A01|7|P|2.3\rPID|1\rBTS|1\r');
  t.true(hl7Reply(bytes, { valid: true, issues: [] }, at, 'R1').includes('\rMSA|AA|7\r'));
});

test('the answer to a batch says of each mistake in which of its messages it is', (t) => {
  const message = (day: string): string =>
    `MSH|^~\\&|A|B|C|D|2026||ADT^A01|7|P|2.5\rEVN||2026\rPID|1||1||D^J||${day}\rPV1|1|I\r`;
  const bytes = Buffer.from(`BHS|^~\\&|A\r${message('19620320')}${message('19621320')}BTS|2\r`);
  const errors = reply(bytes).filter((segment) => segment.startsWith('ERR'));
  t.is(errors.length, 1);
  t.regex(errors[0] ?? '', /\|PID\^1\^7\^1\|.*\|Message 2: PID-7 is not a date/);
});

test('what breaks the profile of a site has the code of what breaks the standard in the same way', (t) => {
  const codeOf = (rule: string): string | undefined =>
    hl7Reply(
      sample('adt-a01'),
      { valid: false, issues: [{ rule, severity: 'error', location: 'PID-18', message: '', spec: '' }] },
      at,
      'R1',
    )
      .toString('latin1')
      .split('\r')[2]
      ?.split('|')[3]
      ?.slice(0, 3);
  t.deepEqual(
    ['required', 'length', 'code'].map((kind) => codeOf(`hl7v2/profile-${kind}`)),
    ['101', '102', '103'],
  );
});

test('a message that names no known version is rejected with AR', (t) => {
  t.is(reply(sample('version'))[1], 'MSA|AR|ADT0000001');
});

test('before version 2.5 the first mistake is told in MSA-3, without ERR', (t) => {
  const bytes = Buffer.from(sample('adt-a08').toString('latin1').replace('19550102', '1955-01-02'), 'latin1');
  const segments = reply(bytes);
  t.regex(segments[1] ?? '', /^MSA\|AE\|ADT0000002\|PID-7 is not a date/);
  t.is(segments.length, 3);
});

test('what is echoed keeps its delimiters where they were declared, and is escaped where they were not', (t) => {
  const declared = Buffer.from('MSH#*!%$#A*B#F#C#D#2026##ACK#7#P#2.5\rMSA#AA#1\r');
  t.is(reply(declared)[0], 'MSH#*!%$#C#D#A*B#F#20260314120005+0000##ACK#R1#P#2.5');
  const faulty = Buffer.from('MSH|^^\\&|A^B|F|C|D|2026||ACK|7&8|P|2.5\rMSA|AA|1\r');
  t.is(reply(faulty)[1], 'MSA|AR|7\\T\\8');
});

test('what is no message at all gets an AE with nothing echoed', (t) => {
  t.deepEqual(reply(Buffer.from('hello')).slice(0, 2), [
    'MSH|^~\\&|||||20260314120005+0000||ACK|R1|P|2.5.1',
    'MSA|AE|',
  ]);
});
