/**
 * What is kept on the stream, and whether there is room. Purges what every durable consumer is done with, beyond the
 * retention's age or size. Each gateway does it: a purge up to a position is the same, whoever asks for it and how often.
 */
import { AckPolicy, DeliverPolicy, nanos } from 'nats';
import type { ConsumerInfo, JetStreamManager, NatsConnection, StreamInfo } from 'nats';
import { readMessage } from './stream-reader.ts';

export interface RetentionOptions {
  readonly connection: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly stream: string;
  readonly maxAgeMs: number;
  /** Of the stream and the objects together. */
  readonly maxBytes: number;
  /** The bytes that large bodies take, apart from the stream; default none. */
  readonly objectBytes?: () => Promise<number>;
}

/** The consumer that keeps from being purged what is due. */
export interface Blocker {
  readonly name: string;
  /** When the first message was stored that it has not acknowledged; milliseconds since the epoch. */
  readonly since: number;
  /** Messages that it has not acknowledged. */
  readonly behind: number;
  /** True while nobody asks for its messages. */
  readonly unattended: boolean;
}

export interface RetentionReport {
  /** Of the stream and the objects. */
  readonly bytes: number;
  /** The size that counts: of the configuration or of the stream, the smaller one. */
  readonly limit: number;
  readonly firstSeq: number;
  /** When the first message that is kept was stored; now, where none is. Milliseconds since the epoch. */
  readonly firstAt: number;
  readonly blocker: Blocker | null;
}

/** Purging by size begins below the limit of the intake, so that intake need not stop for it. */
const PURGE_ABOVE = 0.8;
/** The sizes of messages differ: a pass comes nearer to the size step by step, so that it does not purge too much. */
const MOST_STEPS = 24;
/** By age it is purged now and then, and not with each message that comes of age. */
const MOST_SLACK_MS = 60_000;

/** One pass: looks, purges what is due, and tells how things stand then. Rejects as the client does. */
export async function retentionPass(options: RetentionOptions, now: number): Promise<RetentionReport> {
  const { jsm, stream } = options;
  // The stream first: what was stored since is not taken for done by a consumer that has nothing before it.
  const before = await jsm.streams.info(stream);
  const consumers = await durableConsumers(options);
  const done = await firstWanted(options, consumers, before.state.last_seq);
  const dueByAge = await oldestDue(options, before, done, now);
  let info = await purgeThrough(options, before, Math.min(dueByAge, done));
  const objectBytes = (await options.objectBytes?.()) ?? 0;
  const limit = limitOf(info, options.maxBytes);
  for (let step = 0; step < MOST_STEPS; step++) {
    const through = Math.min(dueBySize(info, objectBytes, limit), done);
    if (through < info.state.first_seq) break;
    info = await purgeThrough(options, info, through);
  }
  const bytes = info.state.bytes + objectBytes;
  const due = Math.max(dueByAge, bytes > limit * PURGE_ABOVE ? info.state.first_seq : 0);
  const isBlocked = info.state.messages > 0 && due >= info.state.first_seq;
  return {
    bytes,
    limit,
    firstSeq: info.state.first_seq,
    firstAt: info.state.messages === 0 ? now : Date.parse(info.state.first_ts),
    blocker: isBlocked ? await blockerOf(options, consumers, info, now) : null,
  };
}

async function durableConsumers({ jsm, stream }: RetentionOptions): Promise<readonly ConsumerInfo[]> {
  const all: ConsumerInfo[] = [];
  for await (const each of jsm.consumers.list(stream)) {
    const { durable_name: durable, ack_policy: policy } = each.config;
    if (durable !== undefined && policy !== AckPolicy.None) all.push(each);
  }
  return all;
}

/**
 * What a consumer has not acknowledged begins with the first message behind its floor that it wants: the server's own floor
 * moves with its messages only, and one with a narrow filter would keep all that is nothing to it.
 */
async function firstWanted(
  options: RetentionOptions,
  consumers: readonly ConsumerInfo[],
  lastSeq: number,
): Promise<number> {
  if (consumers.length === 0) return 0;
  const floors = consumers.map(async (consumer) => {
    const floor = floorOf(consumer, lastSeq);
    const next = floor < lastSeq ? await nextFor(options, consumer, floor + 1) : undefined;
    return next === undefined ? floor : next - 1;
  });
  return Math.min(...(await Promise.all(floors)));
}

/** Undefined where there is none: then the floor counts. */
async function nextFor(
  { connection, stream }: RetentionOptions,
  { config }: ConsumerInfo,
  from: number,
): Promise<number | undefined> {
  const filters = config.filter_subjects ?? (config.filter_subject ? [config.filter_subject] : []);
  const reads = filters.map((subject) =>
    readMessage({ connection }, stream, { seq: from, next_by_subj: subject }),
  );
  const found = (await Promise.all(reads)).flatMap((message) => message?.seq ?? []);
  return found.length === 0 ? undefined : Math.min(...found);
}

/** Every matching message up to here is acknowledged. The server's own floor moves with matching messages only. */
function floorOf(
  { ack_floor: floor, delivered, num_pending: waiting, num_ack_pending: open }: ConsumerInfo,
  lastSeq: number,
): number {
  if (open > 0) return floor.stream_seq;
  return waiting === 0 ? Math.max(lastSeq, delivered.stream_seq) : delivered.stream_seq;
}

function limitOf({ config }: StreamInfo, maxBytes: number): number {
  return config.max_bytes > 0 ? Math.min(config.max_bytes, maxBytes) : maxBytes;
}

/** Up to which position it is too old: asked for only where something is, and may go. */
async function oldestDue(
  options: RetentionOptions,
  { state }: StreamInfo,
  done: number,
  now: number,
): Promise<number> {
  const end = now - options.maxAgeMs;
  const slack = Math.min(MOST_SLACK_MS, options.maxAgeMs / 100);
  if (state.messages === 0 || Date.parse(state.first_ts) >= end - slack) return 0;
  return done < state.first_seq ? state.first_seq : lastBefore(options, new Date(end));
}

/** The last position stored before a time: a consumer that begins there is told where it begins. */
async function lastBefore({ jsm, stream }: RetentionOptions, time: Date): Promise<number> {
  const probe = await jsm.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: time.toISOString(),
    headers_only: true,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: nanos(5_000),
  });
  await jsm.consumers.delete(stream, probe.name);
  return probe.delivered.stream_seq;
}

/** Half of the messages that would have to go if all were of one size. */
function dueBySize({ state }: StreamInfo, objectBytes: number, limit: number): number {
  const excess = state.bytes + objectBytes - limit * PURGE_ABOVE;
  if (excess <= 0 || state.messages === 0) return 0;
  const span = state.last_seq - state.first_seq + 1;
  const share = Math.min(1, excess / (state.bytes + objectBytes));
  return state.first_seq - 1 + Math.max(1, Math.floor((span * share) / 2));
}

async function purgeThrough(
  { jsm, stream }: RetentionOptions,
  info: StreamInfo,
  through: number,
): Promise<StreamInfo> {
  if (info.state.messages === 0 || through < info.state.first_seq) return info;
  // The server purges up to the position, and keeps that one.
  await jsm.streams.purge(stream, { seq: through + 1 });
  return jsm.streams.info(stream);
}

async function blockerOf(
  options: RetentionOptions,
  consumers: readonly ConsumerInfo[],
  info: StreamInfo,
  now: number,
): Promise<Blocker | null> {
  const lastSeq = info.state.last_seq;
  const [slowest] = consumers.toSorted((a, b) => floorOf(a, lastSeq) - floorOf(b, lastSeq));
  if (slowest === undefined) return null;
  const { num_pending: waiting, num_ack_pending: open } = slowest;
  if (waiting + open === 0) return null;
  return {
    name: slowest.name,
    since: await storedAt(options, Math.max(floorOf(slowest, lastSeq) + 1, info.state.first_seq), now),
    behind: waiting + open,
    unattended: slowest.num_waiting === 0 && !slowest.push_bound,
  };
}

async function storedAt({ jsm, stream }: RetentionOptions, seq: number, now: number): Promise<number> {
  try {
    return (await jsm.streams.getMessage(stream, { seq })).time.getTime();
  } catch {
    // It has just been purged or acknowledged.
    return now;
  }
}
