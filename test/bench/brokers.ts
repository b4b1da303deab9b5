/**
 * How fast messages come through from a broker to their verdict, beside a bare loop of the same clients that reads the same
 * messages and publishes the same two (as received, and with the verdict), without a gateway. In turns, in the same run.
 * And whether the gateway's memory stays flat while it goes on.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KafkaBroker, startKafka } from '../brokers/kafka.ts';
import { type NatsServer, startNats } from '../brokers/nats.ts';
import { readKafka, readStream, takeRequests } from './bare-loops.ts';
import { type Contestant, enterGateway, type GatewayContestant } from './contestant.ts';
import { type Feed, kafkaFeed, restFeed, streamFeed } from './feeds.ts';
import { type BenchResult, median, result } from './result.ts';

const ROUNDS = 5;
const WARM_UP = 20_000;
const MESSAGES = 20_000;
/** Where each message costs an fsync of the server. */
const FEWER = 8_000;
const LAZY = '2m';
/** Of memory: so many rounds more, of which the first and the last few are compared. */
const LONG = 10;
const FEW = 3;
/** How much larger the memory may be at the end than at the beginning of these rounds. */
const FLAT = 1.1;

interface Ground {
  readonly kafka: KafkaBroker;
  /** Where messages come from. */
  readonly source: NatsServer;
  /** Where the bare loops publish, and where the bus is where it is JetStream. */
  readonly bus: NatsServer;
  readonly folder: string;
}

interface Case {
  readonly name: string;
  readonly messages: number;
  readonly goal: number;
  readonly bus: 'embedded' | 'jetstream';
  /** Whether the memory is watched for long. */
  readonly isLong: boolean;
  feed(ground: Ground): Promise<Feed>;
  bare(ground: Ground, feed: Feed): Promise<Contestant>;
}

/** The source of the long run, once with each bus. */
const LONG_RUN = 'jetstream in';

const sources: readonly Pick<Case, 'name' | 'feed' | 'bare'>[] = [
  {
    name: 'kafka in',
    feed: ({ kafka }) => kafkaFeed(kafka),
    bare: ({ kafka, bus }, feed) => readKafka(kafka.plain, feed.name, bus.url),
  },
  {
    name: 'jetstream in',
    feed: ({ source }) => streamFeed(source.url),
    bare: ({ source, bus }, feed) => readStream(source.url, feed.name, bus.url),
  },
  {
    name: 'rest in',
    feed: () => Promise.resolve(restFeed()),
    bare: ({ bus }) => takeRequests(bus.url),
  },
];

export async function benchBrokers(): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (const sync of [LAZY, 'always']) {
    const isLazy = sync === LAZY;
    const ground = await prepare(sync);
    try {
      for (const { name, feed, bare } of sources) {
        const messages = isLazy ? MESSAGES : FEWER;
        const rest = { feed, bare, messages, goal: isLazy ? 0.4 : 0.8, isLong: isLazy && name === LONG_RUN };
        const server = isLazy ? 'lazy JetStream' : 'JetStream always';
        results.push(...(await compare(ground, { name: `${name}, ${server}`, bus: 'jetstream', ...rest })));
        if (isLazy && name !== 'rest in')
          results.push(...(await compare(ground, { name: `${name}, embedded`, bus: 'embedded', ...rest })));
      }
    } finally {
      await cleanUp(ground);
    }
  }
  return results;
}

async function prepare(sync: string): Promise<Ground> {
  const [kafka, source, bus] = await Promise.all([
    startKafka(),
    startNats({ sync: LAZY }),
    startNats({ sync }),
  ]);
  return { kafka, source, bus, folder: mkdtempSync(join(tmpdir(), 'healthos-bench-')) };
}

async function cleanUp({ kafka, source, bus, folder }: Ground): Promise<void> {
  await Promise.all([kafka.remove(), source.remove(), bus.remove()]);
  rmSync(folder, { recursive: true, force: true });
}

async function compare(ground: Ground, each: Case): Promise<readonly BenchResult[]> {
  const feed = await each.feed(ground);
  const bare = await each.bare(ground, feed);
  const bus = each.bus === 'embedded' ? undefined : ground.bus.url;
  const folder = join(ground.folder, each.name.replaceAll(/\W/g, '-'));
  const gateway = await enterGateway(folder, { bus, config: feed.connector });
  const contest = { feed, bare, gateway };
  try {
    await round(contest, Math.min(WARM_UP, each.messages));
    return [...(await measure(each, contest)), ...(each.isLong ? await watchMemory(each, contest) : [])];
  } finally {
    await bare.close();
    await gateway.close();
    await feed.close();
  }
}

interface Contest {
  readonly feed: Feed;
  readonly bare: Contestant;
  readonly gateway: GatewayContestant;
}

async function measure(each: Case, contest: Contest): Promise<readonly BenchResult[]> {
  const rounds: Rates[] = [];
  for (let count = 0; count < ROUNDS; count++) rounds.push(await round(contest, each.messages));
  const ours = median(rounds.map((one) => one.ours));
  const theirs = median(rounds.map((one) => one.theirs));
  return [
    line(each, 'to the verdict', ours, '1/s', 'higher'),
    line(each, 'bare loop', theirs, '1/s', 'higher'),
    line(each, 'share of the bare loop', ours / theirs, 'ratio', 'higher', each.goal),
    line(each, 'lag at the end', (await contest.gateway.lag()) ?? 0, 'count', 'lower', 0),
  ];
}

/** The rounds before have warmed it up: what it needs for its work it has. */
async function watchMemory(each: Case, { feed, gateway }: Contest): Promise<readonly BenchResult[]> {
  const samples: number[] = [];
  for (let count = 0; count < LONG; count++) {
    await feed.fill(each.messages);
    await gateway.take(each.messages, feed);
    samples.push(gateway.residentMb());
  }
  process.stderr.write(`${each.name}: ${samples.map(Math.round).join(', ')} MB\n`);
  const atFirst = median(samples.slice(0, FEW));
  const atLast = median(samples.slice(-FEW));
  return [
    line(each, 'memory', atLast, 'MB', 'lower'),
    line(each, `memory after ${LONG * each.messages} more`, atLast / atFirst, 'ratio', 'lower', FLAT),
  ];
}

function line(
  { name }: Case,
  what: string,
  value: number,
  unit: string,
  better: BenchResult['better'],
  goal?: number,
): BenchResult {
  return result('brokers', `${name}: ${what}`, value, unit, better, goal);
}

/** Messages a second. */
interface Rates {
  readonly ours: number;
  readonly theirs: number;
}

/** Each reads all of the messages, while the other rests. */
async function round({ feed, bare, gateway }: Contest, messages: number): Promise<Rates> {
  await feed.fill(messages);
  const theirs = await rate(bare, feed, messages);
  const ours = await rate(gateway, feed, messages);
  process.stderr.write(`${feed.name}: ${Math.round(ours)}/s of ${Math.round(theirs)}/s\n`);
  return { ours, theirs };
}

async function rate(reader: Contestant, feed: Feed, messages: number): Promise<number> {
  const begun = performance.now();
  await reader.take(messages, feed);
  return messages / ((performance.now() - begun) / 1000);
}
