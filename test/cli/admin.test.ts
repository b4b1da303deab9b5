import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ConnectorStatus } from '../../src/actors/status.ts';
import type { Journey } from '../../src/store/journal.ts';
import { documents, healthos } from './cli.ts';
import { type Answer, bytes, config, fakeGateway, problem, reply } from './fake-gateway.ts';

const connector: ConnectorStatus = {
  id: 'rest',
  name: 'REST ingress',
  direction: 'inbound',
  kind: 'RestEndpoint',
  state: 'running',
  substate: 'consuming',
  desired: 'on',
  since: '2026-01-31T12:00:00.000Z',
  reason: null,
  attempt: 0,
  next_retry_at: null,
  last_message_at: null,
  lag: null,
  counts: { received: 7, stored: 5, duplicate: 1, refused: 1, failed: 0, bytes: 700 },
  config_hash: 'abc',
  transitions: [
    {
      at: '2026-01-31T12:00:00.000Z',
      from: 'connecting',
      to: 'running.consuming',
      event: 'connected',
      reason: null,
    },
  ],
};

const journey: Journey = {
  data_id: 'd-1',
  connector: 'rest',
  format: 'hl7v2',
  version: '2.5.1',
  type: 'ADT^A01',
  state: 'invalid',
  received_at: '2026-01-31T12:00:00.000Z',
  bytes: 1500,
  content_type: 'application/hl7-v2',
  steps: [
    { step: 'received', at: '2026-01-31T12:00:00.000Z', connector: 'rest' },
    { step: 'stored', at: '2026-01-31T12:00:00.004Z' },
    { step: 'invalid', at: '2026-01-31T12:00:00.010Z', issues: 1 },
  ],
  issues: [
    {
      rule: 'hl7v2/required-field',
      severity: 'error',
      location: 'PID-3',
      message: 'Missing.',
      spec: 'HL7 v2.5.1, 3.4.2',
    },
  ],
  issues_total: 1,
  parent_id: null,
  replays: ['d-2'],
};

async function ask(answers: Readonly<Record<string, Answer>>, args: readonly string[], env = {}) {
  await using gateway = await fakeGateway(answers);
  const ended = await healthos(args, { env: { HEALTHOS_URL: gateway.url, ...env } });
  return { ...ended, asked: gateway.asked };
}

test('connectors lists them all, aligned, without colour in a pipe', async (t) => {
  const { status, stdout } = await ask({ 'GET /admin/connectors': [connector] }, ['connectors']);
  t.is(status, 0);
  t.is(
    stdout,
    [
      'ID    KIND                  STATE              SINCE                RECEIVED  STORED  REFUSED  LAG  WHY',
      'rest  inbound RestEndpoint  running.consuming  2026-01-31 12:00:00  7         5       1        -',
      '',
    ].join('\n'),
  );
});

test('connectors --json writes each status as it came, and sends the token', async (t) => {
  const { stdout, asked } = await ask(
    { 'GET /admin/connectors': [connector] },
    ['connectors', 'list', '--json'],
    {
      HEALTHOS_TOKEN: 'T',
    },
  );
  t.deepEqual(documents(stdout), [JSON.parse(JSON.stringify(connector)) as Record<string, unknown>]);
  t.is(asked[0]?.headers['authorization'], 'Bearer T');
});

test('connectors show tells the last changes of state', async (t) => {
  const { stdout } = await ask({ 'GET /admin/connectors/rest': connector }, ['connectors', 'show', 'rest']);
  t.regex(stdout, /desired +on\n/);
  t.regex(stdout, /connecting +running\.consuming +connected/);
});

for (const command of ['start', 'stop', 'restart', 'pause', 'resume']) {
  test(`connectors ${command} commands the connector`, async (t) => {
    const { status, asked } = await ask({ [`POST /admin/connectors/rest/${command}`]: connector }, [
      'connectors',
      command,
      'rest',
    ]);
    t.is(status, 0);
    t.is(asked.length, 1);
  });
}

test("a refused command ends with 1 and the gateway's words, which say what would be accepted", async (t) => {
  const detail = 'The connector is stopped.byOperator; it accepts start.';
  const refused = problem(409, 'connector/command-refused', detail, {
    state: 'stopped.byOperator',
    accepts: ['start'],
  });
  const { status, stderr } = await ask({ 'POST /admin/connectors/rest/pause': refused }, [
    'connectors',
    'pause',
    'rest',
  ]);
  t.is(status, 1);
  t.is(stderr, `healthos: ${detail}\n`);
});

test('a missing token is asked for', async (t) => {
  const { status, stderr } = await ask(
    { 'GET /admin/connectors': problem(401, 'request/unauthenticated', 'Who?') },
    ['connectors'],
  );
  t.is(status, 1);
  t.is(stderr, 'healthos: Who? Give one with --token or HEALTHOS_TOKEN.\n');
});

test('messages searches, and says how to go on', async (t) => {
  const { status, stdout, stderr, asked } = await ask(
    { 'GET /admin/messages': { items: [journey], next: 'c-2' } },
    [
      'messages',
      '--state',
      'invalid',
      '--rule',
      'hl7v2/required-field',
      '--since',
      '2026-01-01T00:00:00Z',
      '-q',
      'a b',
    ],
  );
  t.is(status, 0);
  t.is(
    asked[0]?.request,
    'GET /admin/messages?state=invalid&rule=hl7v2%2Frequired-field&since=2026-01-01T00%3A00%3A00.000Z&q=a+b&limit=50',
  );
  t.regex(
    stdout,
    /\nd-1 {6}2026-01-31 12:00:00 {2}invalid {2}hl7v2 {3}2\.5\.1 {4}ADT\^A01 {2}1\.5 kB {2}rest\n$/,
  );
  t.is(stderr, 'There are more: --cursor c-2\n');
});

test('messages show tells the steps and what is wrong', async (t) => {
  const { stdout } = await ask({ 'GET /admin/messages/d-1': journey }, ['messages', 'show', 'd-1']);
  t.regex(stdout, /\+10 ms +invalid +1 issue\n/);
  t.regex(stdout, /error +PID-3 +hl7v2\/required-field\n +Missing\. \(HL7 v2\.5\.1, 3\.4\.2\)/);
});

test('messages trace follows the replays too', async (t) => {
  const replay = { ...journey, data_id: 'd-2', parent_id: 'd-1', replays: [], state: 'valid' };
  const { stdout } = await ask({ 'GET /admin/messages/d-1': journey, 'GET /admin/messages/d-2': replay }, [
    'messages',
    'trace',
    'd-1',
  ]);
  t.regex(stdout, /^d-1: invalid\n/);
  t.regex(stdout, /\nd-2: valid, a replay of d-1\n/);
});

test('messages body writes the bytes as they are', async (t) => {
  const { stdout } = await ask({ 'GET /admin/messages/d-1/body': bytes(Buffer.from('MSH|\rPID|\r')) }, [
    'messages',
    'body',
    'd-1',
  ]);
  t.is(stdout, 'MSH|\rPID|\r');
});

test('messages replay sends the message again, as it was or with another body', async (t) => {
  const answers = {
    'POST /admin/messages/d-1/replay': reply(202, { status: 'received', data_id: 'd-2', parent_id: 'd-1' }),
    'GET /admin/messages/d-1/body': bytes(Buffer.from('old')),
  };
  const again = await ask(answers, ['messages', 'replay', 'd-1']);
  t.is(again.stdout, 'Taken in again as d-2.\n');
  t.is(again.asked[0]?.body, '');
  const folder = await mkdtemp(join(tmpdir(), 'healthos-replay-'));
  try {
    await writeFile(join(folder, 'body'), 'new');
    const other = await ask(answers, ['messages', 'replay', 'd-1', '--body', join(folder, 'body'), '--json']);
    t.is(other.asked[0]?.body, 'new');
    t.is(documents(other.stdout)[0]?.['data_id'], 'd-2');
  } finally {
    await rm(folder, { recursive: true });
  }
  const edited = await ask(answers, ['messages', 'replay', 'd-1', '--edit'], {
    VISUAL: 'sed -i s/old/edited/',
  });
  t.is(edited.asked[1]?.body, 'edited');
  const unchanged = await ask(answers, ['messages', 'replay', 'd-1', '--edit'], { VISUAL: 'true' });
  t.is(unchanged.status, 1);
  t.regex(unchanged.stderr, /Nothing was changed/);
});

const events = [
  ': connected',
  'id: 1\nevent: state\ndata: {"actor":"rest"}',
  ...['received', 'stored', 'valid', 'invalid', 'replayed'].map(
    (step) =>
      `event: message\ndata: ${JSON.stringify({ data_id: 'd-1', step, at: '2026-01-31T12:00:00.000Z', connector: 'rest', format: 'hl7v2', type: 'ADT\u001b[2J', bytes: 3, issues: step === 'invalid' ? 2 : 0 })}`,
  ),
];

function stream(response: Parameters<Extract<Answer, (...args: never) => unknown>>[0]): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.end(events.map((event) => `${event}\n\n`).join(''));
}

test('tap calls subjects by the names that the definition gives them', async (t) => {
  const own = config('ward.in', 'ward.bad');
  const { stdout } = await ask({ 'GET /admin/config': own, 'GET /admin/events': stream }, ['tap', 'ward.>']);
  const lines = stdout.trimEnd().split('\n');
  t.deepEqual(
    lines.map((line) => line.split(/ +/)[1]),
    ['ward.in', 'ward.bad'],
  );
});

test('tap shows one line a message on each subject, and nothing that moves the cursor', async (t) => {
  const { status, stdout, stderr } = await ask(
    { 'GET /admin/config': config(), 'GET /admin/events': stream },
    ['tap'],
  );
  t.is(status, 1);
  t.regex(stderr, /The gateway has ended the stream/);
  const lines = stdout.trimEnd().split('\n');
  t.deepEqual(
    lines.map((line) => line.split(/ +/)[1]),
    ['lfh.healthos.ingress', 'lfh.healthos.validated.hl7v2', 'lfh.healthos.ingress.errors'],
  );
  t.regex(lines[2] ?? '', /invalid {2}d-1 {2}hl7v2 {2}ADT\ufffd\[2J {2}3 B {2}rest {2}2 issues$/);
});

test('tap keeps to the subject that was asked for, and shows bodies on request', async (t) => {
  const { stdout, asked } = await ask(
    {
      'GET /admin/config': config(),
      'GET /admin/events': stream,
      'GET /admin/messages/d-1/body': bytes(Buffer.from('A\rB\x07')),
    },
    ['tap', 'lfh.healthos.validated.*', '--body'],
  );
  t.regex(stdout, /^12:00:00\.000 {2}lfh\.healthos\.validated\.hl7v2 .*\n {4}A\n {4}B\ufffd\n$/);
  t.is(asked.length, 3);
});

test('top shows rates from one look to the next', async (t) => {
  const gateway = {
    version: '1.2.3',
    state: 'running',
    bus: { kind: 'embedded', state: 'ready', depth: 4 },
    counts: { total: 7, valid: 5 },
  };
  const answers = { 'GET /admin': gateway, 'GET /admin/connectors': [connector] };
  const { status, stdout } = await ask(answers, ['top', '--count', '1']);
  t.is(status, 0);
  t.regex(
    stdout,
    /^HealthOS 1\.2\.3 {2}running {2}bus embedded ready, 4 to do\nmessages: total 7, valid 5\n/,
  );
  t.regex(stdout, /\nrest {2}running\.consuming {2}- +- +5 +1 +1 +0\n$/);
  const json = await ask(answers, ['top', '--count', '2', '--interval', '0.01', '--json']);
  const [first, second] = documents(json.stdout);
  t.like(first, { connectors: [{ id: 'rest', rate: null }] });
  t.like(second, { connectors: [{ id: 'rest', rate: 0 }] });
});
