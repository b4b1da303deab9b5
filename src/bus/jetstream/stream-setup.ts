/** The stream of the bus: made where there is none; one that is there is looked at, explained, and never changed. */
import { NatsError, RetentionPolicy, StorageType, DiscardPolicy, nanos } from 'nats';
import type { JetStreamManager, StreamConfig, StreamInfo } from 'nats';
import { HealthosError } from '../../errors.ts';
import { differencesFrom, noticesOn } from './stream-check.ts';

/** What the bus needs of its stream. */
export interface StreamNeeds {
  readonly name: string;
  /** Every subject that the bus publishes to, as it is called on the server; wildcards are allowed. */
  readonly subjects: readonly string[];
  readonly duplicateWindowMs: number;
  /** The size of the stream. Intake goes as far as nine tenths of it: the rest is for verdicts. */
  readonly maxBytes: number;
  readonly replicas: number;
}

export interface AdoptedStream {
  readonly info: StreamInfo;
  /** What differs from the configuration and does no harm, in a sentence each. */
  readonly notices: readonly string[];
}

/** The server's own numbers (`err_code`) for what it answers here. */
const STREAM_NOT_FOUND = 10059;
const NAME_IN_USE = 10058;
const SUBJECTS_OVERLAP = 10065;
const NO_STORAGE = new Set([10023, 10028, 10047]);
const NO_PEERS = new Set([10005, 10074]);

/**
 * Rejects with `bus/foreign-stream`, where an operator has to change something first, in a sentence that says what; with
 * the client's error where the server cannot be asked.
 */
export async function setUpStream(jsm: JetStreamManager, needs: StreamNeeds): Promise<AdoptedStream> {
  const found = (await findStream(jsm, needs.name)) ?? (await createStream(jsm, needs));
  const differences = differencesFrom(found.config, needs);
  if (differences.length > 0)
    throw foreign(`The stream ${needs.name} is there, but: ${differences.join(' ')}`);
  return { info: found, notices: noticesOn(found.config, needs) };
}

async function findStream(jsm: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(name);
  } catch (thrown) {
    if (numberOf(thrown) === STREAM_NOT_FOUND) return undefined;
    throw thrown;
  }
}

async function createStream(jsm: JetStreamManager, needs: StreamNeeds): Promise<StreamInfo> {
  try {
    return await jsm.streams.add(configOf(needs));
  } catch (thrown) {
    const number = numberOf(thrown);
    // Another gateway was quicker: its stream is looked at like any other.
    if (number === NAME_IN_USE) return jsm.streams.info(needs.name);
    throw number === undefined ? thrown : await refusal(jsm, needs, number, thrown);
  }
}

/** The stream as the bus makes it. Without `max_age`, which would delete what is not processed yet. */
export function configOf(needs: StreamNeeds): Partial<StreamConfig> & Pick<StreamConfig, 'name'> {
  return {
    name: needs.name,
    description: 'HealthOS: every message and every verdict. Purged by the gateways.',
    subjects: [...needs.subjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_age: 0,
    max_bytes: needs.maxBytes,
    duplicate_window: nanos(needs.duplicateWindowMs),
    num_replicas: needs.replicas,
    allow_direct: true,
  };
}

async function refusal(
  jsm: JetStreamManager,
  needs: StreamNeeds,
  number: number,
  cause: unknown,
): Promise<unknown> {
  if (number === SUBJECTS_OVERLAP) return foreign(await overlap(jsm, needs), cause);
  if (NO_STORAGE.has(number)) return foreign(noStorage(needs), cause);
  if (NO_PEERS.has(number)) return foreign(noPeers(needs), cause);
  return cause;
}

async function overlap(jsm: JetStreamManager, { name, subjects }: StreamNeeds): Promise<string> {
  const owners = new Set<string>();
  for (const subject of subjects) {
    for await (const owner of jsm.streams.names(subject)) owners.add(owner);
  }
  const other = [...owners].join(', ') || 'another one';
  return `The stream ${name} cannot be made: its subjects (${subjects.join(', ')}) belong to the stream ${other}. Take them out of it (nats stream edit ${[...owners][0] ?? 'STREAM'} --subjects=…), or name it in app.messaging.stream_name to use it.`;
}

function noStorage({ name, maxBytes }: StreamNeeds): string {
  return `The stream ${name} cannot be made: the server or the account has no ${maxBytes} bytes to set aside for it. Raise max_file in the server's jetstream block, or lower app.messaging.retention.max_bytes.`;
}

function noPeers({ name, replicas }: StreamNeeds): string {
  return `The stream ${name} cannot be made: there are no ${replicas} servers in the cluster for its replicas. Lower app.messaging.replicas, or start more servers.`;
}

function foreign(message: string, cause?: unknown): HealthosError {
  return new HealthosError('bus/foreign-stream', message, { cause });
}

/** The server's number for what it refused; undefined where it did not answer. */
function numberOf(thrown: unknown): number | undefined {
  return thrown instanceof NatsError ? thrown.jsError()?.err_code : undefined;
}
