/** The bus is a NATS server that goes away for half a minute: REST is refused, Kafka and NATS hold, and all of it arrives. */
import { writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { startKafka } from '../brokers/kafka.ts';
import { startNats } from '../brokers/nats.ts';
import { eventually, type GatewayProcess, startGateway, temporaryFolder } from '../running-gateway.ts';
import { Ledger, message } from './ledger.ts';
import { controlIdOf, kafkaSource, Producers, type Source, streamSource } from './sources.ts';
import type { ConnectorStatus } from '../../src/actors/status.ts';

const GONE_MS = 30_000;
/** Between two messages over REST: what is refused is not sent as fast as it can be. */
const PACE_MS = 10;

interface Feed {
  readonly id: string;
  readonly source: Source;
  readonly producers: Producers;
}

test('while the bus is gone REST answers 503, Kafka and NATS hold; afterwards all of it arrives once', async (t) => {
  const bus = await startNats();
  t.teardown(() => bus.remove());
  const sources = await openSources(t);
  const folder = temporaryFolder(t);
  const file = definition(folder, bus.url, sources);
  const gateway = await startGateway(t, { data: join(folder, 'data'), file });
  const feeds = [...sources].map(([id, source]) => ({ id, source, producers: new Producers(source, 1) }));
  const rest = new RestFeed(gateway.url);
  for (const { id } of feeds) await storing(gateway, id, 50);

  await bus.kill();
  await refused(t, gateway);
  for (const { id } of feeds) await holding(t, gateway, id);
  await setTimeout(GONE_MS);
  await bus.start();
  const back = Date.now();

  await eventually('the gateway to be ready again', async () =>
    (await gateway.isReady()) ? true : undefined,
  );
  await Promise.all([rest.stop(), ...feeds.map(({ producers }) => producers.stop())]);
  for (const feed of feeds) await arrived(t, gateway, feed);
  t.log(`all of it had arrived ${Date.now() - back} ms after the bus was back`);
  t.deepEqual(
    (await journalled(gateway, 'rest')).toSorted(),
    [...rest.ledger.acknowledged.keys()].toSorted(),
  );
  t.true((rest.ledger.statuses.get(503) ?? 0) > 0);
  t.log([...rest.ledger.statuses].map(([status, count]) => `REST ${status}: ${count}`).join(', '));
});

async function openSources(t: ExecutionContext): Promise<ReadonlyMap<string, Source>> {
  const [kafka, nats] = await Promise.all([startKafka(), startNats()]);
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

/** One message after the other, each under its own key; one that was refused is not sent again. */
class RestFeed {
  readonly ledger = new Ledger();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #end: Promise<void>;
  #stopped = false;

  constructor(url: string) {
    this.#end = this.#send(url);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#end;
    this.#agent.destroy();
  }

  async #send(url: string): Promise<void> {
    for (let key = 0; !this.#stopped; key++) {
      await this.ledger.send(this.#agent, url, `K${key}`);
      await setTimeout(PACE_MS);
    }
  }
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

async function arrived(
  t: ExecutionContext,
  gateway: GatewayProcess,
  { id, source, producers }: Feed,
): Promise<void> {
  const held = await source.held();
  t.true(new Set(held).size >= producers.acknowledged.size);
  await storing(gateway, id, held.length);
  await eventually(`${id} to have no lag`, async () =>
    (await statusOf(gateway, id)).lag === 0 ? true : undefined,
  );
  await eventually(`every message of ${id} to be journalled`, async () =>
    (await itemsOf(gateway, id)).length >= held.length ? true : undefined,
  );
  t.deepEqual((await journalled(gateway, id)).toSorted(), held.toSorted());
  t.log(`${id}: ${producers.acknowledged.size} acknowledged, ${held.length} held`);
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

interface Item {
  readonly data_id: string;
}

async function itemsOf(gateway: GatewayProcess, connector: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const path: string = `/admin/messages?connector=${connector}&limit=1000${cursor}`;
    const page: { items: Item[]; next: string | null } = await gateway.get(path);
    items.push(...page.items);
    cursor = page.next === null ? null : `&cursor=${encodeURIComponent(page.next)}`;
  }
  return items;
}

/** The control ids of a connector's journeys, read from the bodies. */
async function journalled(gateway: GatewayProcess, connector: string): Promise<string[]> {
  const left = (await itemsOf(gateway, connector)).map(({ data_id }) => data_id);
  const found: string[] = [];
  const read = async (): Promise<void> => {
    for (let dataId = left.pop(); dataId !== undefined; dataId = left.pop()) {
      const answer = await fetch(`${gateway.url}/admin/messages/${dataId}/body`);
      found.push(controlIdOf(await answer.text()));
    }
  };
  await Promise.all(Array.from({ length: 16 }, read));
  return found;
}
