/** A NatsClient outside of a gateway: what it delivers, how it is paused, how its run ends. */
import bunyan from 'bunyan';
import type { ExecutionContext } from 'ava';
import { HealthosError } from '../../src/errors.ts';
import type { Connector, ConnectorContext } from '../../src/connectors/connector.ts';
import { natsClient } from '../../src/connectors/nats-client/index.ts';
import type { NatsClientConfig } from '../../src/connectors/nats-client/config.ts';
import type { Arrival, Receipt } from '../../src/messages/envelope.ts';

export interface World {
  readonly arrivals: Arrival[];
  /** The codes with which messages were turned away. */
  readonly refused: string[];
  /** Answers a message that was delivered; default: stored. */
  answer: (arrival: Arrival) => Promise<Receipt>;
  readonly connector: Connector;
  connect(): Promise<void>;
  /** Connects and runs; the answer settles as the run does. */
  start(): Promise<{ readonly run: Promise<void> }>;
  accept(yes: boolean): void;
  end(): Promise<void>;
  /** Resolves when so many messages were delivered. */
  arrived(count: number): Promise<void>;
}

export const receipt: Receipt = {
  dataId: '0197-synthetic',
  format: 'hl7v2',
  contentType: 'application/hl7-v2',
  duplicate: false,
};

/** The settings are checked, and their defaults applied, as of a file. */
export function enter(
  t: ExecutionContext,
  settings: Readonly<Record<string, unknown>>,
  id = 'nats-in',
): World {
  const arrivals: Arrival[] = [];
  const refused: string[] = [];
  const waiting = new Set<() => void>();
  const listeners = new Set<(accepting: boolean) => void>();
  let accepting = true;
  let ending = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const checked = natsClient.schema.validate(settings, { abortEarly: false });
  if (checked.error) throw checked.error;
  const config: NatsClientConfig = checked.value;
  const connector = natsClient.create(config, {
    id,
    name: id,
    log: bunyan.createLogger({ name: 'test', streams: [] }),
    accepting: () => accepting,
    onAccepting(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    hurry: () => undefined,
    countRefused: (code) => refused.push(code ?? ''),
    objects: { put: collect, get: () => Promise.reject(new Error('not needed')) },
    ...unused,
  });
  const world: World = {
    arrivals,
    refused,
    connector,
    answer: () => Promise.resolve(receipt),
    connect: () => connector.connect(new AbortController().signal),
    async start() {
      ending = new AbortController();
      await connector.connect(ending.signal);
      running = connector.run((arrival) => {
        if (!accepting) return Promise.reject(new HealthosError('connector/not-consuming', 'Not now.'));
        arrivals.push(arrival);
        for (const look of waiting) look();
        return world.answer(arrival);
      }, ending.signal);
      running.catch(() => undefined);
      return { run: running };
    },
    accept(yes) {
      accepting = yes;
      for (const listener of listeners) listener(yes);
    },
    async end() {
      ending.abort();
      await running;
    },
    arrived(count) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const look = () => {
        if (arrivals.length < count) return;
        waiting.delete(look);
        resolve(undefined);
      };
      waiting.add(look);
      look();
      return promise;
    },
  };
  t.teardown(() => connector.close());
  return world;
}

export function bodyOf({ body }: Arrival): string {
  return body instanceof Uint8Array ? Buffer.from(body).toString() : `by claim check: ${body.size}`;
}

export function refusing(code: 'bus/unavailable' | 'bus/full'): () => Promise<Receipt> {
  return () => Promise.reject(new HealthosError(code, 'The bus takes nothing now.'));
}

async function collect(source: AsyncIterable<Uint8Array>) {
  let size = 0;
  for await (const chunk of source) size += chunk.byteLength;
  return { ref: 'synthetic', size, sha256: '0'.repeat(64) };
}

const unused: Pick<ConnectorContext, 'ingress' | 'verdict' | 'controlNumber' | 'judge' | 'fhirRelease'> = {
  ingress: {
    announce: () => undefined,
    claim: () => () => undefined,
  },
  verdict: () => Promise.resolve(undefined),
  controlNumber: () => Promise.resolve(1),
  judge: () => Promise.reject(new Error('nothing is judged here')),
  fhirRelease: 'r4',
};
