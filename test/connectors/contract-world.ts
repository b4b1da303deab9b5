/** What both flavours of the connector contract share: the world around one connector, and a session in it. */
import test from 'ava';
import bunyan from 'bunyan';
import type { ExecutionContext } from 'ava';
import type { ObjectStore } from '../../src/bus/message-bus.ts';
import type { RateLimit } from '../../src/config/definition.ts';
import type { Connector, ConnectorContext } from '../../src/connectors/connector.ts';
import type { RegisteredKind } from '../../src/connectors/registry.ts';
import type { IngressHost } from '../../src/http/ingress-host.ts';
import type { Arrival, Deliver, Receipt } from '../../src/messages/envelope.ts';

/** Where a connector's messages come from. */
export interface Source {
  /** Suits the kind's schema, and names this source. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Only for a kind that has routes. */
  readonly ingress?: IngressHost;
  close(): Promise<void>;
}

export interface KindHarness<Harness extends Source> {
  readonly open: () => Promise<Harness>;
  /** A configuration that the schema refuses. */
  readonly refused: Readonly<Record<string, unknown>>;
}

export const receipt: Receipt = {
  dataId: '019cb0a2-7400-7000-8000-0123456789ab',
  format: 'hl7v2',
  contentType: 'application/hl7-v2',
  duplicate: false,
};

/** What holds of a kind without a source. */
export function testDeclaration(kind: RegisteredKind, refused: Readonly<Record<string, unknown>>): void {
  const named = (title: string) => `${kind.direction} ${kind.kind}: ${title}`;

  test(named('says what it is, and what each of its settings means'), (t) => {
    t.regex(kind.description, /^[A-Z].*\.$/);
    const keys = Object.entries((kind.schema.describe() as { keys?: Record<string, Setting> }).keys ?? {});
    t.true(keys.length > 0);
    for (const [key, { flags }] of keys) t.truthy(flags?.description, key);
  });

  test(named('refuses a configuration that does not suit, without quoting its values'), (t) => {
    const { context } = contextOf(undefined);
    const error = t.throws(() => kind.open({ ...refused, type: kind.kind }, context), {
      code: 'config/invalid',
    });
    for (const value of Object.values(refused)) t.false(error.message.includes(String(value)));
  });
}

interface Setting {
  readonly flags?: { readonly description?: string };
}

export interface World<Harness extends Source> {
  readonly harness: Harness;
  readonly context: ConnectorContext;
  /** The codes of what was counted as refused. */
  readonly refused: readonly (string | undefined)[];
  readonly accept: (yes: boolean) => void;
  /** Resolves when the connector wants nobody to wait for his turn. */
  readonly hurried: Promise<void>;
  readonly make: (kind: RegisteredKind) => Connector;
}

/** All of it is closed when the test is over. */
export async function enter<Harness extends Source>(
  t: ExecutionContext,
  open: () => Promise<Harness>,
  rateLimit?: RateLimit,
): Promise<World<Harness>> {
  const harness = await open();
  const made: Connector[] = [];
  t.teardown(async () => {
    await Promise.all(made.map((connector) => connector.close()));
    await harness.close();
  });
  const lent = contextOf(harness.ingress, undefined, rateLimit);
  return {
    harness,
    ...lent,
    make(kind) {
      const connector = kind.open({ ...harness.config, type: kind.kind }, lent.context);
      made.push(connector);
      return connector;
    },
  };
}

/** What the gateway lends, as far as a connector of a test needs it. */
export function contextOf(
  ingress: IngressHost | undefined,
  objects: ObjectStore = { put: unused, get: unused },
  rateLimit?: RateLimit,
): Pick<World<Source>, 'context' | 'refused' | 'accept' | 'hurried'> {
  const listeners = new Set<(accepting: boolean) => void>();
  const refused: (string | undefined)[] = [];
  const hurried = Promise.withResolvers<undefined>();
  let accepting = true;
  return {
    refused,
    hurried: hurried.promise,
    accept(yes) {
      accepting = yes;
      for (const listener of listeners) listener(yes);
    },
    context: {
      id: 'under-test',
      name: 'Under test',
      log: bunyan.createLogger({ name: 'test', streams: [] }),
      accepting: () => accepting,
      onAccepting: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      ingress: ingress ?? noRoutes,
      objects,
      rateLimit,
      hurry: () => hurried.resolve(undefined),
      countRefused: (code) => refused.push(code),
      verdict: () => Promise.resolve(undefined),
      controlNumber: () => Promise.resolve(1),
      judge: () => Promise.reject(new Error('nothing is judged here')),
      fhirRelease: 'r4',
    },
  };
}

const noRoutes: IngressHost = { announce: noRoute, claim: noRoute };

function noRoute(): never {
  throw new Error('this kind has no routes');
}

export interface Session {
  /** The body of the first message. */
  readonly arrived: Promise<Uint8Array>;
  /** What `run` answered: also where it ends by itself. */
  readonly running: Promise<void>;
  /** Tells it to end, and resolves when it has. */
  readonly end: () => Promise<void>;
}

export async function start(connector: Connector, deliver: Deliver): Promise<Session> {
  const ending = new AbortController();
  const arrived = Promise.withResolvers<Uint8Array>();
  await connector.connect(ending.signal);
  const running = connector.run((arrival) => {
    if (arrival.body instanceof Uint8Array) arrived.resolve(arrival.body);
    return deliver(arrival);
  }, ending.signal);
  running.catch(() => undefined);
  return {
    arrived: arrived.promise,
    running,
    end() {
      ending.abort();
      return running;
    },
  };
}

/** The text of a small body. */
export function textOf({ body }: Arrival): string {
  return body instanceof Uint8Array ? Buffer.from(body).toString() : '';
}

function unused(): Promise<never> {
  return Promise.reject(new Error('not for small bodies'));
}
