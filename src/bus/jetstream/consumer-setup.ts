/** The durable consumer at the server: made where there is none, taken up where it stands where there is one. */
import { setTimeout } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, nanos, NatsError } from 'nats';
import type { ConsumerConfig, ConsumerInfo, JetStreamManager } from 'nats';
import { HealthosError } from '../../errors.ts';
import type { ConsumerOptions } from '../message-bus.ts';
import { covers } from './subject-cover.ts';

const DEFAULT_ACK_WAIT_MS = 30_000;
const DEFAULT_MAX_ACK_PENDING = 2048;
/** A consumer that is one gateway's own is forgotten when that stays away for so long. */
const FORGET_AFTER_MS = 24 * 3_600_000;
/** What must come in order, and is acknowledged in order, is never delivered twice within a connection. */
const ORDERED_ACK_WAIT_MS = 3_600_000;

const DUE_MS = 1;
const LOOKED_MS = 300;

/** In a cluster that has just lost a server the first question may stay unanswered until the rest have agreed. */
const TRIES = 3;
const CONSUMER_NOT_FOUND = 10014;

/** As the server is to know it. */
export interface ConsumerNeeds {
  readonly stream: string;
  /** The name at the server. */
  readonly name: string;
  /** The subjects as the server calls them. */
  readonly filter: readonly string[];
  readonly options: ConsumerOptions;
}

/**
 * True of a consumer that only this gateway reads, and acknowledges in order: it begins anew after what was acknowledged
 * with each connection, so that nothing that was lost with the last one is passed over.
 */
export function isOrdered({ perGateway, ackPolicy }: ConsumerOptions): boolean {
  return perGateway === true && ackPolicy === 'all';
}

/** Where a new one begins: after this position. Rejects as the client does, or with `bus/foreign-stream`. */
export async function setUpConsumer(
  jsm: JetStreamManager,
  needs: ConsumerNeeds,
  startAfter: number,
  reset: boolean,
): Promise<ConsumerInfo> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await setUpOnce(jsm, needs, startAfter, reset);
    } catch (thrown) {
      if (attempt === TRIES || !isTimeout(thrown)) throw thrown;
    }
  }
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof NatsError && thrown.code === 'TIMEOUT';
}

async function setUpOnce(
  jsm: JetStreamManager,
  needs: ConsumerNeeds,
  startAfter: number,
  reset: boolean,
): Promise<ConsumerInfo> {
  const { stream, name } = needs;
  const found = await findConsumer(jsm, stream, name);
  if (found !== undefined && !reset) return takeUp(jsm, needs, found);
  if (found !== undefined) await forgetConsumer(jsm, stream, name);
  return jsm.consumers.add(stream, configOf(await withoutNeedlessFilter(jsm, needs), startAfter));
}

/**
 * One that only this gateway reads and that wants all of the stream has no filter: to look for the next message under any
 * of several subjects holds up those who publish.
 */
async function withoutNeedlessFilter(jsm: JetStreamManager, needs: ConsumerNeeds): Promise<ConsumerNeeds> {
  if (!isOrdered(needs.options)) return needs;
  const { config } = await jsm.streams.info(needs.stream);
  const wantsAll = config.subjects.every((given) => needs.filter.some((wanted) => covers(wanted, given)));
  return wantsAll ? { ...needs, filter: [] } : needs;
}

async function findConsumer(
  jsm: JetStreamManager,
  stream: string,
  name: string,
): Promise<ConsumerInfo | undefined> {
  return unlessMissing(jsm.consumers.info(stream, name));
}

/** Answers whether there was one. */
export async function forgetConsumer(jsm: JetStreamManager, stream: string, name: string): Promise<boolean> {
  return (await unlessMissing(jsm.consumers.delete(stream, name))) ?? false;
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (thrown instanceof NatsError && thrown.jsError()?.err_code === CONSUMER_NOT_FOUND) return undefined;
    throw thrown;
  }
}

async function takeUp(
  jsm: JetStreamManager,
  needs: ConsumerNeeds,
  found: ConsumerInfo,
): Promise<ConsumerInfo> {
  const { stream, name } = needs;
  if (found.config.ack_policy !== ackPolicyOf(needs.options) || 'deliver_subject' in found.config) {
    throw new HealthosError(
      'bus/foreign-stream',
      `The consumer ${name} of the stream ${stream} is of another kind than the gateway needs: remove it (nats consumer rm ${stream} ${name}), and the gateway makes its own.`,
    );
  }
  const wanted = changeable(needs);
  const differs = Object.entries(wanted).some(
    ([key, value]) => JSON.stringify(Reflect.get(found.config, key)) !== JSON.stringify(value),
  );
  if (isAbandoned(found)) await takeBack(jsm, needs);
  else if (!differs) return found;
  return jsm.consumers.update(stream, name, wanted);
}

/** Somebody has messages in hand, and nobody asks for any: they died with them. */
function isAbandoned({ num_ack_pending: open, num_waiting: asking }: ConsumerInfo): boolean {
  return open > 0 && asking === 0;
}

/**
 * What the dead had in hand would come after their ack wait, behind what is delivered until then. With a short ack wait it
 * is due at once: the server looks a tenth of a second after the change, and delivers what is due before anything new.
 */
async function takeBack(jsm: JetStreamManager, needs: ConsumerNeeds): Promise<void> {
  const { stream, name } = needs;
  await jsm.consumers.update(stream, name, { ...changeable(needs), ack_wait: nanos(DUE_MS) });
  await setTimeout(LOOKED_MS);
}

function configOf(needs: ConsumerNeeds, startAfter: number): Partial<ConsumerConfig> {
  const start =
    startAfter > 0
      ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: startAfter + 1 }
      : { deliver_policy: DeliverPolicy.All };
  return {
    durable_name: needs.name,
    ack_policy: ackPolicyOf(needs.options),
    ...start,
    ...changeable(needs),
    ...(needs.options.perGateway === true ? { inactive_threshold: nanos(FORGET_AFTER_MS) } : {}),
  };
}

/** What of a consumer may be changed while it stands. Its last delivery is counted here, not at the server. */
function changeable({ filter, options }: ConsumerNeeds): Partial<ConsumerConfig> {
  const { ackWaitMs = DEFAULT_ACK_WAIT_MS, maxAckPending = DEFAULT_MAX_ACK_PENDING } = options;
  const [only] = filter;
  return {
    ack_wait: nanos(isOrdered(options) ? ORDERED_ACK_WAIT_MS : ackWaitMs),
    max_ack_pending: maxAckPending,
    ...(only === undefined
      ? {}
      : filter.length === 1
        ? { filter_subject: only }
        : { filter_subjects: [...filter] }),
    ...(options.headersOnly === true ? { headers_only: true } : {}),
  };
}

function ackPolicyOf({ ackPolicy }: ConsumerOptions): AckPolicy {
  return ackPolicy === 'all' ? AckPolicy.All : AckPolicy.Explicit;
}
