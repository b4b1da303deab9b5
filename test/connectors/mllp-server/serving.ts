/** An MllpServer that serves for a test: on a free port, with a bus and a journal that do as the test says. */
import bunyan from 'bunyan';
import type { ExecutionContext } from 'ava';
import { createHash } from 'node:crypto';
import type { ConnectorContext } from '../../../src/connectors/connector.ts';
import { mllpServer } from '../../../src/connectors/mllp-server/index.ts';
import type { MllpServerConfig } from '../../../src/connectors/mllp-server/config.ts';
import type { Arrival, Deliver, Receipt } from '../../../src/messages/envelope.ts';
import { newDataId } from '../../../src/messages/identity.ts';
import type { Journey } from '../../../src/store/journal.ts';
import { freePorts } from '../../brokers/ports.ts';
import { contextOf, start, textOf } from '../contract-world.ts';
import type { Session } from '../contract-world.ts';
import { Sender } from './client.ts';
import type { ConnectionOptions } from 'node:tls';

export interface Serving {
  readonly port: number;
  readonly session: Session;
  /** The texts of what was delivered, in that order. */
  readonly delivered: string[];
  readonly arrivals: Arrival[];
  /** The codes of what was counted as refused. */
  readonly refused: readonly (string | undefined)[];
  readonly accept: (yes: boolean) => void;
  /** Lines of the log. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  readonly connect: (tls?: ConnectionOptions) => Promise<Sender>;
}

export interface ServingOptions {
  readonly config?: Partial<MllpServerConfig>;
  readonly deliver?: Deliver;
  readonly verdict?: ConnectorContext['verdict'];
  readonly rateLimit?: ConnectorContext['rateLimit'];
}

export function receiptOf(dataId = newDataId(), duplicate = false): Receipt {
  return { dataId, format: 'hl7v2', contentType: 'application/hl7-v2', duplicate };
}

/** Stores everything. */
export const storing: Deliver = () => Promise.resolve(receiptOf());

export async function serve(t: ExecutionContext, options: ServingOptions = {}): Promise<Serving> {
  const port = await freePorts(1);
  const { context, refused, accept } = contextOf(undefined, { put, get: () => Promise.reject(new Error()) });
  const log: Readonly<Record<string, unknown>>[] = [];
  const lent: ConnectorContext = {
    ...context,
    log: logInto(log),
    ...(options.verdict && { verdict: options.verdict }),
    ...(options.rateLimit && { rateLimit: options.rateLimit }),
  };
  const checked = mllpServer.schema.validate({ port, ...options.config });
  if (checked.error) throw checked.error;
  const connector = mllpServer.create(checked.value, lent);
  t.teardown(() => connector.close());
  const delivered: string[] = [];
  const arrivals: Arrival[] = [];
  const { deliver = storing } = options;
  const session = await start(connector, (arrival) => {
    delivered.push(textOf(arrival));
    arrivals.push(arrival);
    return deliver(arrival);
  });
  return {
    port,
    session,
    delivered,
    arrivals,
    refused,
    accept,
    log,
    async connect(tls) {
      const sender = await Sender.to(port, tls);
      t.teardown(() => sender.close());
      return sender;
    },
  };
}

function logInto(lines: Readonly<Record<string, unknown>>[]): ConnectorContext['log'] {
  const stream = { write: (line: Readonly<Record<string, unknown>>) => void lines.push(line) };
  // A stream of type raw is given the records themselves.
  return bunyan.createLogger({
    name: 'test',
    streams: [{ type: 'raw', level: 'debug', stream: stream as never }],
  });
}

async function put(
  source: AsyncIterable<Uint8Array>,
): Promise<{ ref: string; size: number; sha256: string }> {
  const digest = createHash('sha256');
  let size = 0;
  for await (const chunk of source) {
    digest.update(chunk);
    size += chunk.byteLength;
  }
  return { ref: 'object', size, sha256: digest.digest('hex') };
}

/** A journey with its verdict, as far as an answer needs it. */
export function judged(state: 'valid' | 'invalid' | 'received', rule = 'hl7v2/required-field'): Journey {
  const issue = {
    rule,
    severity: 'error',
    location: 'PID-3',
    message: 'PID-3 is missing.',
    spec: '',
  } as const;
  return {
    data_id: '',
    connector: null,
    format: 'hl7v2',
    version: '2.5.1',
    type: 'ADT^A01',
    state,
    received_at: '',
    bytes: 0,
    issues_total: state === 'invalid' ? 1 : 0,
    content_type: null,
    steps: [],
    issues: state === 'invalid' ? [issue] : [],
    parent_id: null,
    replays: [],
  };
}
