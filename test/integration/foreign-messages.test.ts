/** Any NATS client may publish to the ingress: what it lacks is added, and what it pretends is not believed. */
import { randomUUID } from 'node:crypto';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { connect, headers as newHeaders } from 'nats';
import type { NatsConnection } from 'nats';
import { subjects, validatedSubject } from '../../src/bus/subjects.ts';
import { header, type Headers } from '../../src/messages/envelope.ts';
import { derivedIdOf, newDataId } from '../../src/messages/identity.ts';
import { startNats } from '../brokers/nats.ts';
import { eventually } from '../running-gateway.ts';
import type { GatewayProcess } from '../running-gateway.ts';
import { settledWith, startFleet } from './jetstream-gateways.ts';
import { journeysOf, message } from './ledger.ts';

interface Journey {
  readonly data_id: string;
  readonly connector: string | null;
  readonly parent_id: string | null;
  readonly replays: readonly string[];
  readonly format: string | null;
  readonly type: string | null;
  readonly state: string;
  readonly received_at: string;
  readonly issues: readonly { readonly rule: string }[];
  readonly issues_total: number;
  readonly steps: readonly { readonly step: string; readonly unexpected?: true }[];
}

interface World {
  readonly gateway: GatewayProcess;
  readonly connection: NatsConnection;
}

/** One gateway, and a client of the bus that is none. */
async function world(t: ExecutionContext, more = ''): Promise<World> {
  const nats = await startNats();
  t.teardown(() => nats.remove());
  const [gateway] = await startFleet(t, nats.url, 1, more);
  if (gateway === undefined) throw new Error('No gateway was started.');
  const connection = await connect({ servers: nats.url });
  t.teardown(() => connection.close());
  return { gateway, connection };
}

interface Published {
  readonly seq: number;
  /** The id that it gets where it brings none that counts. */
  readonly derivedId: string;
}

async function publish(
  { connection }: World,
  body: string,
  given: Headers = {},
  subject: string = subjects.ingress,
): Promise<Published> {
  const headers = newHeaders();
  for (const [name, value] of Object.entries(given)) headers.set(name, value);
  const { seq } = await connection.jetstream().publish(subject, body, { headers });
  const jsm = await connection.jetstreamManager();
  const stored = await jsm.streams.getMessage('healthos', { seq });
  return { seq, derivedId: derivedIdOf({ seq, storedAt: stored.time.getTime() }) };
}

/** The journey, once it has a verdict. */
function judged({ gateway }: World, dataId: string): Promise<Journey> {
  return eventually(`the verdict on ${dataId}`, async () => {
    const journey = await gateway.get<Partial<Journey>>(`/admin/messages/${dataId}`);
    return journey.steps?.some(({ step }) => step === 'valid' || step === 'invalid')
      ? (journey as Journey)
      : undefined;
  });
}

const stepsOf = ({ steps }: Journey): string[] => steps.map(({ step }) => step);

test('a message without any header of ours is judged, and has an id, a time, and no connector', async (t) => {
  const here = await world(t);
  const before = Date.now();
  const { derivedId } = await publish(here, message('F1'));
  const journey = await judged(here, derivedId);
  t.like(journey, { connector: null, format: 'hl7v2', type: 'ADT^A01', state: 'valid' });
  t.deepEqual(stepsOf(journey), ['received', 'stored', 'valid']);
  t.true(Math.abs(Date.parse(journey.received_at) - before) < 60_000);
  const body = await fetch(`${here.gateway.url}/admin/messages/${derivedId}/body`);
  t.is(await body.text(), message('F1'));
});

test('a foreign client reads the errors, with the issues and the bytes that it sent', async (t) => {
  const here = await world(t);
  const errors = here.connection.subscribe(subjects.errors, { max: 1 });
  const { derivedId } = await publish(here, 'no health data at all');
  for await (const error of errors) {
    t.is(error.string(), 'no health data at all');
    t.is(error.headers?.get(header.dataId), derivedId);
    t.is(error.headers?.get(header.verdict), 'invalid');
    t.regex(error.headers?.get(header.issues) ?? '', /message\/unknown-format/);
  }
});

test('a message may bring an id of its own that nobody has', async (t) => {
  const here = await world(t);
  const id = newDataId();
  await publish(here, message('F2'), { [header.dataId]: id });
  t.is((await judged(here, id)).state, 'valid');
});

test('the id, the verdict and the journey of another message cannot be taken', async (t) => {
  const here = await world(t);
  const answer = await fetch(`${here.gateway.url}/ingress`, { method: 'POST', body: message('OWN') });
  const { data_id: id } = (await answer.json()) as { data_id: string };
  const { derivedId } = await publish(here, 'nothing', { [header.dataId]: id });
  t.is((await judged(here, derivedId)).state, 'invalid');
  const own = await judged(here, id);
  t.deepEqual(stepsOf(own), ['received', 'stored', 'valid']);
  t.is(own.connector, 'rest');
});

test('a duplicate key that a verdict is going to have does not keep the verdict away', async (t) => {
  const here = await world(t);
  const id = newDataId();
  const poison = await publish(here, message('P'), { [header.msgId]: `${id}/verdict` });
  await publish(here, message('F3'), { [header.dataId]: id });
  t.is((await judged(here, id)).state, 'valid');
  t.is((await judged(here, poison.derivedId)).state, 'valid');
});

test('pretended verdicts, issues, formats and types are replaced by what validation finds', async (t) => {
  const here = await world(t);
  const { derivedId } = await publish(here, 'no health data at all', {
    [header.verdict]: 'valid',
    [header.format]: 'hl7v2',
    [header.type]: 'ADT^A01',
    [header.issues]: '[{"rule":"x/pretended","severity":"information"}]',
    [header.issuesTotal]: '77',
    [header.controlId]: 'pretended',
  });
  const journey = await judged(here, derivedId);
  t.like(journey, { state: 'invalid', format: null, type: null, issues_total: 1 });
  t.deepEqual(
    journey.issues.map(({ rule }) => rule),
    ['message/unknown-format'],
  );
});

test('a reference to a body that is not there is no crash, but a verdict that says so', async (t) => {
  const here = await world(t);
  for (const ref of [randomUUID(), '../../etc/passwd', '*', '', 'a.b.>']) {
    const { derivedId } = await publish(here, '', { [header.bodyRef]: ref, [header.bodySize]: '999' });
    t.is((await judged(here, derivedId)).state, 'invalid', ref);
  }
  const after = await publish(here, message('F4'));
  t.is((await judged(here, after.derivedId)).state, 'valid');
});

test('long headers, odd characters and nonsense where a value belongs harm nothing', async (t) => {
  const here = await world(t);
  const hostile: readonly Headers[] = [
    { [header.connector]: 'x'.repeat(64_000) },
    { [header.connector]: '\u001b[31mred\u0007' },
    { [header.receivedAt]: 'yesterday' },
    { [header.receivedAt]: '9999-99-99T99:99:99Z' },
    { [header.dataId]: "'; DROP TABLE message; --" },
    { [header.bodySize]: '-1' },
    { [header.parentId]: 'nobody' },
    { [header.issues]: '{"__proto__":1}' },
    { 'Healthos-Encoded-Headers': '{"Healthos-Verdict":"valid","__proto__":{"a":1}}' },
    { [header.traceparent]: 'y'.repeat(50_000) },
  ];
  for (const [i, given] of hostile.entries()) {
    const { derivedId } = await publish(here, message(`H${i}`), given);
    const journey = await judged(here, derivedId);
    t.is(journey.state, 'valid', Object.keys(given).join());
    t.true((journey.connector ?? '').length <= 200);
    t.notRegex(journey.connector ?? '', /\p{Cc}/u);
  }
  t.notRegex(here.gateway.log, /\u001b\[31mred/);
  t.is((await journeysOf(here.gateway)).length, hostile.length);
});

test('what the server tells of the stream is a line of the log, and no more than that', async (t) => {
  const here = await world(t);
  const advisory = '$JS.EVENT.ADVISORY.STREAM.QUORUM_LOST.healthos';
  here.connection.publish(advisory, '{"stream":"CANARY"}');
  const line = await eventually('the log to say it', () =>
    here.gateway.log.split('\n').find((text) => text.includes('"advisory":"quorum-lost"')),
  );
  t.like(JSON.parse(line), { level: 50, msg: 'bus.advisory' });
  t.regex(line, /has lost its quorum and stores nothing: start the servers/);
  t.notRegex(here.gateway.log, /CANARY/);
  t.is((await judged(here, (await publish(here, message('F7'))).derivedId)).state, 'valid');
});

test('with a seal, nobody but a gateway says from whom a message is; the gateway itself is believed', async (t) => {
  const here = await world(t, ', seal: a secret of the gateways');
  const answer = await fetch(`${here.gateway.url}/ingress`, { method: 'POST', body: message('OWN') });
  const { data_id: parent } = (await answer.json()) as { data_id: string };
  t.like(await judged(here, parent), { connector: 'rest', replays: [] });
  const { derivedId } = await publish(here, message('F6'), {
    [header.connector]: 'rest',
    [header.principal]: 'laboratory',
    [header.parentId]: parent,
    [header.receivedAt]: '2001-01-01T00:00:00.000Z',
    [header.seal]: 'x'.repeat(43),
  });
  const foreign = await judged(here, derivedId);
  t.like(foreign, { connector: null, parent_id: null, state: 'valid' });
  t.notRegex(foreign.received_at, /^2001/);
  t.like(await judged(here, parent), { connector: 'rest', replays: [] });
  const replay = await fetch(`${here.gateway.url}/admin/messages/${parent}/replay`, { method: 'POST' });
  const { data_id: again } = (await replay.json()) as { data_id: string };
  t.like(await judged(here, again), { connector: 'rest', parent_id: parent });
});

test('a verdict on a message that is not there leaves no journey', async (t) => {
  const here = await world(t);
  await publish(here, 'x', { [header.dataId]: newDataId() }, validatedSubject('hl7v2'));
  const { derivedId } = await publish(here, message('F5'));
  t.is((await judged(here, derivedId)).state, 'valid');
  await settledWith(here.gateway, 1);
  t.is((await journeysOf(here.gateway)).length, 1);
});
