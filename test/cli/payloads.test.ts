import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { splitMessages } from '../../src/cli/payloads.ts';
import { encodeFile } from '../../src/samples/dicom/encode.ts';
import { ct, put } from '../../src/samples/dicom/objects.ts';
import { listSamples, readSample } from '../../src/samples/index.ts';
import type { Issue } from '../../src/validation/issue.ts';
import { documents, healthos } from './cli.ts';
import { fakeGateway, problem, reply } from './fake-gateway.ts';

const split = (text: string, format?: 'hl7v2' | 'x12') =>
  splitMessages(Buffer.from(text, 'latin1'), format).map((one) => Buffer.from(one).toString('latin1'));

test('a file is one message, as it is, unless it clearly holds several', (t) => {
  for (const text of [
    '',
    'nonsense',
    'MSH|^~\\&|A\rPID|1\r\n',
    '{\n "a": 1\n}\n',
    '{"a":1}\n',
    'ISA*MSH\rMSH|\r',
  ]) {
    t.deepEqual(split(text), [text]);
  }
});

test('the messages of an HL7 batch are told apart, without the batch around them', (t) => {
  const batch = 'FHS|^~\\&\rBHS|^~\\&\rMSH|1\rPID|1\rMSH|2\rPID|2\rBTS|2\rFTS|1\r';
  t.deepEqual(split(batch), ['MSH|1\rPID|1\r', 'MSH|2\rPID|2\r']);
  t.deepEqual(split('MSH|1\nMSH|2'), ['MSH|1\n', 'MSH|2']);
  t.deepEqual(split('\x0bMSH|1\r\x1c\r\x0bMSH|2\r\x1c\r'), ['MSH|1\r', 'MSH|2\r']);
  t.deepEqual(split('MSH|1\rMSH|2\r', 'x12'), ['MSH|1\rMSH|2\r']);
});

test('each line of NDJSON is a message', (t) => {
  t.deepEqual(split('{"a":1}\n\n{"a":2}\r\nbroken\n'), ['{"a":1}', '{"a":2}\r', 'broken']);
});

test('samples are listed, printed byte for byte, and written', async (t) => {
  const samples = listSamples();
  t.is(new Set(samples.map(({ name }) => name)).size, samples.length);
  const list = documents((await healthos(['samples', '--json'])).stdout);
  t.deepEqual(
    list.map(({ name }) => name),
    samples.map(({ name }) => name),
  );
  const [first] = samples;
  if (first === undefined) return t.fail();
  const printed = await healthos(['samples', first.name]);
  t.is(printed.stdout, readSample(first).toString());
  const folder = await mkdtemp(join(tmpdir(), 'healthos-samples-'));
  try {
    t.is((await healthos(['samples', '--out', folder])).status, 0);
    t.is((await readdir(folder)).length, samples.length);
    t.deepEqual(await readFile(join(folder, `${first.name}.hl7`)), readSample(first));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('validate judges every sample as its manifest says', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'healthos-validate-'));
  try {
    await healthos(['samples', '--out', folder]);
    const { status, stdout } = await healthos(['validate', folder, '--json']);
    t.is(status, 1);
    const invalid = new Set(
      documents(stdout)
        .filter(({ valid }) => valid === false)
        .map(({ file }) => String(file).slice(folder.length + 1)),
    );
    for (const { name, valid } of listSamples()) {
      const found = [...invalid].some((file) => file.replace(/\.[^.]*$/, '') === name);
      t.is(found, !valid, name);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('validate names a message by its file and its index, and ends with 0 where all are valid', async (t) => {
  const input = readSample(listSamples().find(({ name }) => name === 'hl7v2-batch') ?? t.fail());
  const { status, stdout } = await healthos(['validate', '-', '--json'], { input });
  t.is(status, 0);
  const lines = documents(stdout);
  t.deepEqual(
    lines.map(({ file, index, valid }) => [file, index, valid]),
    [
      ['-', 0, true],
      ['-', 1, true],
    ],
  );
  t.deepEqual(Object.keys(lines[0] ?? {}), ['file', 'index', 'format', 'version', 'type', 'valid', 'issues']);
});

test('a line of a bulk file that is broken off is a broken resource', async (t) => {
  const input = '{"resourceType":"Patient"}\n{"resourceType":"Pat';
  const { status, stdout } = await healthos(['validate', '-', '--json'], { input });
  t.is(status, 1);
  const [, broken] = documents(stdout);
  const rules = (broken?.['issues'] as Issue[]).map(({ rule }) => rule);
  t.deepEqual([broken?.['index'], broken?.['format'], rules], [1, 'fhir', ['fhir/json-syntax']]);
});

test('validate reads of a large DICOM file only its head, and yet finds that it is cut off', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'healthos-large-'));
  try {
    const side = put(put(ct(), '00280010', 'US', 4096), '00280011', 'US', 4096);
    const head = encodeFile(put(side, '7fe00010', 'OW', Buffer.alloc(0)), {});
    const size = 2 * 4096 * 4096;
    head.writeUInt32LE(size, head.length - 4);
    for (const [name, length] of [
      ['whole.dcm', size],
      ['cut-off.dcm', size - 2],
    ] as const) {
      await writeFile(join(folder, name), head);
      // The pixels are a hole in the file.
      await truncate(join(folder, name), head.length + length);
    }
    const { stdout } = await healthos(['validate', folder, '--json']);
    const found = documents(stdout).map(({ type, issues }) => [
      type,
      ...(issues as Issue[]).map(({ rule }) => rule),
    ]);
    t.deepEqual(found, [['CT Image', 'dicom/truncated'], ['CT Image']]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('validate tells people the verdict, then each issue with where, what and the standard', async (t) => {
  const { status, stdout } = await healthos(['validate', '-'], { input: 'nonsense' });
  t.is(status, 1);
  t.regex(stdout, /^invalid {2}- {2}unknown format\n {4}error +- {2}message\/unknown-format\n/);
  t.regex(stdout, /1 message: 0 valid, 1 invalid\.\n$/);
});

test('send transmits a payload byte for byte, and reports the reply', async (t) => {
  await using gateway = await fakeGateway({
    'POST /ingress': reply(202, { status: 'received', data_id: 'd-1', content_type: null, format: 'hl7v2' }),
  });
  const folder = await mkdtemp(join(tmpdir(), 'healthos-send-'));
  try {
    const file = join(folder, 'a.hl7');
    const body = 'MSH|^~\\&\xe4\r\n\x00';
    await writeFile(file, body, 'latin1');
    const { status, stdout } = await healthos(['send', file, '--json', '--token', 'T'], {
      env: { HEALTHOS_URL: gateway.url },
    });
    t.is(status, 0);
    t.like(documents(stdout)[0], {
      n: 0,
      file,
      status: 202,
      state: 'received',
      data_id: 'd-1',
      format: 'hl7v2',
    });
    const [asked] = gateway.asked;
    t.is(asked?.body, body);
    t.is(asked?.headers['content-type'], 'application/hl7-v2');
    t.is(asked?.headers['authorization'], 'Bearer T');
    t.is(asked?.headers['prefer'], undefined);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('send sends as often as asked, waits for verdicts, and ends with 1 where one is bad', async (t) => {
  const issue = {
    rule: 'hl7v2/required-field',
    severity: 'error',
    location: 'PID-3',
    message: 'M.',
    spec: 'S',
  };
  await using gateway = await fakeGateway({
    'POST /in': problem(422, 'message/invalid', 'It has 1 error.', { data_id: 'd-1', issues: [issue] }),
  });
  const to = `${gateway.url}/in`;
  const args = [
    'send',
    '--sample',
    'hl7v2-adt-a01',
    '--to',
    to,
    '--count',
    '5',
    '--concurrency',
    '2',
    '--wait',
  ];
  const { status, stdout } = await healthos(args);
  t.is(status, 1);
  t.is(gateway.asked.length, 5);
  t.is(gateway.asked[0]?.headers['prefer'], 'wait=30');
  t.regex(stdout, /^422 {2}invalid {2}d-1 {2}hl7v2-adt-a01 {2}\d+ ms {2}It has 1 error\.\n {4}error +PID-3/);
  t.regex(stdout, /5 messages sent: 5 × 422, /);
});
