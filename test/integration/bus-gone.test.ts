/** The bus is a NATS server that goes away for half a minute: REST is refused, Kafka and NATS hold, and all of it arrives. */
import { writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { startKafka } from '../brokers/kafka.ts';
import { startNats } from '../brokers/nats.ts';
import { eventually, type GatewayProcess, startGateway, temporaryFolder } from '../running-gateway.ts';
import { journalledBodies, journeysOf, message, post } from './ledger.ts';
import { controlIdOf, kafkaSource, shortSessions, type Source, streamSource } from './sources.ts';
import type { ConnectorStatus } from '../../src/actors/status.ts';

const GONE_MS = 30_000;
/** Between two messages of a feed. */
const PACE_MS = 10;

test('while the bus is gone REST answers 503, Kafka and NATS hold; afterwards all of it arrives once', async (t) => {
  const bus = await startNats();
  t.teardown(() => bus.remove());
  const sources = await openSources(t);
  const folder = temporaryFolder(t);
  const file = definition(folder, bus.url, sources);
  const gateway = await startGateway(t, { data: join(folder, 'data'), file });
  const rest = restFeed(t, gateway);
  const feeds = new Map<string, Feed>();
  for (const [id, source] of sources) feeds.set(id, await sourceFeed(t, source));
  for (const id of sources.keys()) await storing(gateway, id, 50);

  await bus.kill();
  await refused(t, gateway);
  for (const id of sources.keys()) await holding(t, gateway, id);
  await setTimeout(GONE_MS);
  const before = rest.acknowledged.size;
  await bus.start();
  const back = Date.now();

  await eventually('REST to be answered again', () =>
    rest.acknowledged.size >= before + 10 ? true : undefined,
  );
  t.log(`REST was answered again ${Date.now() - back} ms after the bus was back`);
  for (const feed of [rest, ...feeds.values()]) await feed.stop();
  for (const [id, source] of sources) await arrived(t, gateway, id, await source.held());
  for (const [id, feed] of [['rest', rest] as const, ...feeds]) await kept(t, gateway, id, feed);
});

/**
 * Whatever was acknowledged has its journey, and nothing has two. What REST refused because the bus went away with its
 * answer may have one as well.
 */
async function kept(t: ExecutionContext, gateway: GatewayProcess, id: string, feed: Feed): Promise<void> {
  const found = (await journalledBodies(gateway, id)).map(controlIdOf);
  const there = new Set(found);
  t.is(there.size, found.length, id);
  t.deepEqual(
    [...feed.acknowledged].filter((controlId) => !there.has(controlId)),
    [],
    id,
  );
  t.log(`${id}: ${feed.acknowledged.size} acknowledged, ${found.length} journeys`);
}

async function openSources(t: ExecutionContext): Promise<ReadonlyMap<string, Source>> {
  const [kafka, nats] = await Promise.all([startKafka({ properties: shortSessions }), startNats()]);
  t.teardown(() => Promise.all([kafka.remove(), nats.remove()]));
  return new Map([
    ['kafka', await kafkaSource(kafka)],
    ['nats', await streamSource(nats)],
  ]);
}

function definition(folder: string, bus: string, sources: ReadonlyMap<string, Source>): string {
  const file = join(folder, 'bus-gone.yaml');
  const rest = { type: 'RestEndpoint', url: '/ingress', http_method: 'post' };
  const configs = [['rest', rest], ...[...sources].map(([id, { connector }]) => [id, connector])] as const;
  const connectors = configs.map(([id, config]) => ({ type: 'inbound', id, name: id, config }));
  const definition = { app: { messaging: { url: bus } }, connectors };
  writeFileSync(file, JSON.stringify(definition));
  return file;
}

/** Sends one message after the other, at a pace that leaves the machine to the gateway. */
class Feed {
  readonly acknowledged = new Set<string>();
  readonly #end: Promise<void>;
  #stopped = false;

  /** `send` resolves once the message of this control id is acknowledged. */
  constructor(send: (controlId: string) => Promise<unknown>) {
    this.#end = this.#send(send);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#end;
  }

  async #send(send: (controlId: string) => Promise<unknown>): Promise<void> {
    for (let sent = 0; !this.#stopped; sent++) {
      const controlId = `F${sent}`;
      await send(controlId).then(
        () => this.acknowledged.add(controlId),
        () => undefined,
      );
      await setTimeout(PACE_MS);
    }
  }
}

async function sourceFeed(t: ExecutionContext, source: Source): Promise<Feed> {
  const sender = await source.open();
  t.teardown(() => sender.close());
  const feed = new Feed((controlId) => sender.send(controlId));
  t.teardown(() => feed.stop());
  return feed;
}

/** Over REST, each message under its own key; one that is refused is not sent again. */
function restFeed(t: ExecutionContext, { url }: GatewayProcess): Feed {
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  const feed = new Feed(async (controlId) => {
    const { status } = await post(agent, url, message(controlId), { 'Idempotency-Key': controlId });
    if (status !== 202) throw new Error(`It was answered ${status}.`);
  });
  t.teardown(() => feed.stop());
  return feed;
}

async function refused(t: ExecutionContext, { url }: GatewayProcess): Promise<void> {
  const answer = await eventually('REST to be refused', async () => {
    const response = await fetch(`${url}/ingress`, { method: 'POST', body: message('REFUSED') });
    await response.arrayBuffer();
    return response.status === 503 ? response : undefined;
  });
  t.regex(answer.headers.get('Retry-After') ?? '', /^[1-9]\d*$/);
}

/** It waits for the bus, and says so. */
async function holding(t: ExecutionContext, gateway: GatewayProcess, id: string): Promise<void> {
  const { reason } = await eventually(`${id} to hold`, async () => {
    const status = await statusOf(gateway, id);
    return status.state === 'backoff' ? status : undefined;
  });
  t.regex(reason?.code ?? '', /^bus\/(?:unavailable|timeout)$/);
  t.log(`${id}: ${reason?.message}`);
}

/** What the source's broker holds is what the gateway took from it. */
async function arrived(
  t: ExecutionContext,
  gateway: GatewayProcess,
  id: string,
  held: readonly string[],
): Promise<void> {
  await storing(gateway, id, held.length);
  await eventually(`${id} to have no lag`, async () =>
    (await statusOf(gateway, id)).lag === 0 ? true : undefined,
  );
  await eventually(`every message of ${id} to be journalled`, async () =>
    (await journeysOf(gateway, id)).length >= held.length ? true : undefined,
  );
  t.deepEqual((await journalledBodies(gateway, id)).map(controlIdOf).toSorted(), held.toSorted());
}

/** What the bus stored as it went away, unheard, is found to be a duplicate when it comes again. */
async function storing(gateway: GatewayProcess, id: string, messages: number): Promise<void> {
  let last: ConnectorStatus | undefined;
  const look = async () => {
    last = await statusOf(gateway, id);
    return last.counts.stored + last.counts.duplicate >= messages ? true : undefined;
  };
  await eventually(`${messages} messages of ${id}`, look).catch((cause: unknown) => {
    throw new Error(`${id}: ${JSON.stringify(last)}`, { cause });
  });
}

function statusOf(gateway: GatewayProcess, id: string): Promise<ConnectorStatus> {
  return gateway.get<ConnectorStatus>(`/admin/connectors/${id}`);
}
