/** The contract of an inbound connector as a suite: the same tests for every kind, which supplies only its harness. */
import test from 'ava';
import bunyan from 'bunyan';
import { HealthosError } from '../../src/errors.ts';
import type { ExecutionContext } from 'ava';
import type { Connector, ConnectorContext } from '../../src/connectors/connector.ts';
import type { RegisteredKind } from '../../src/connectors/registry.ts';
import type { IngressHost } from '../../src/http/ingress-host.ts';
import type { Deliver, Receipt } from '../../src/messages/envelope.ts';

/** The world around one connector of the kind. */
export interface Harness {
  /** Suits the kind's schema, and names this harness's source. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly ingress: IngressHost;
  /** Sends a message as the source does; resolves when the source knows what became of it. */
  send(body: string): Promise<'acknowledged' | 'refused'>;
  close(): Promise<void>;
}

export interface KindHarness {
  readonly open: () => Promise<Harness>;
  /** A configuration that the schema refuses. */
  readonly refused: Readonly<Record<string, unknown>>;
}

const receipt: Receipt = {
  dataId: 'id',
  format: 'hl7v2',
  contentType: 'application/hl7-v2',
  duplicate: false,
};

export function testConnectorContract(kind: RegisteredKind, { open, refused }: KindHarness): void {
  const named = (title: string) => `${kind.direction} ${kind.kind}: ${title}`;

  test(named('says what it is, and what each of its settings means'), (t) => {
    t.regex(kind.description, /^[A-Z].*\.$/);
    const keys = Object.entries((kind.schema.describe() as { keys?: Record<string, Setting> }).keys ?? {});
    t.true(keys.length > 0);
    for (const [key, { flags }] of keys) t.truthy(flags?.description, key);
  });

  test(named('refuses a configuration that does not suit, without quoting its values'), async (t) => {
    const world = await enter(t, open);
    const error = t.throws(() => kind.open({ ...refused, type: kind.kind }, world.context), {
      code: 'config/invalid',
    });
    for (const value of Object.values(refused)) t.false(error.message.includes(String(value)));
  });

  test(named('takes messages in, and acknowledges each only after it was delivered'), async (t) => {
    const world = await enter(t, open);
    const stored = Promise.withResolvers<Receipt>();
    const session = await start(world.make(kind), () => stored.promise);
    let answer = '';
    const sent = world.harness.send('MSH|^~\\&|A').then((outcome) => (answer = outcome));
    const arrival = await session.arrived;
    t.is(Buffer.from(arrival).toString(), 'MSH|^~\\&|A');
    await new Promise(setImmediate);
    t.is(answer, '');
    stored.resolve(receipt);
    t.is(await sent, 'acknowledged');
    await session.end();
  });

  for (const code of ['bus/unavailable', 'bus/full', 'connector/not-consuming', 'internal/bug'] as const) {
    test(named(`refuses a message whose delivery fails with ${code}, and runs on`), async (t) => {
      const world = await enter(t, open);
      let fails = true;
      const session = await start(world.make(kind), () =>
        fails ? Promise.reject(new HealthosError(code, 'Not now.')) : Promise.resolve(receipt),
      );
      t.is(await world.harness.send('MSH|^~\\&|A'), 'refused');
      fails = false;
      t.is(await world.harness.send('MSH|^~\\&|B'), 'acknowledged');
      await session.end();
    });
  }

  test(named('while it does not accept, refuses without delivering'), async (t) => {
    const world = await enter(t, open);
    const session = await start(world.make(kind), () => {
      t.fail('delivered');
      return Promise.resolve(receipt);
    });
    world.accept(false);
    t.is(await world.harness.send('MSH|^~\\&|A'), 'refused');
    await session.end();
  });

  test(named('ends when it is told to, with nothing half taken, and refuses from then on'), async (t) => {
    const world = await enter(t, open);
    const stored = Promise.withResolvers<Receipt>();
    const connector = world.make(kind);
    const session = await start(connector, () => stored.promise);
    const sent = world.harness.send('MSH|^~\\&|A');
    await session.arrived;
    const ended = session.end();
    stored.resolve(receipt);
    await ended;
    t.is(await sent, 'acknowledged');
    t.is(await world.harness.send('MSH|^~\\&|B'), 'refused');
    await connector.close();
    t.is(await world.harness.send('MSH|^~\\&|C'), 'refused');
  });

  test(named('connects and runs again after it was ended, closed or left open'), async (t) => {
    const world = await enter(t, open);
    const connector = world.make(kind);
    await connector.connect(new AbortController().signal);
    for (const between of [() => Promise.resolve(), () => connector.close()]) {
      const session = await start(connector, () => Promise.resolve(receipt));
      t.is(await world.harness.send('MSH|^~\\&|A'), 'acknowledged');
      await session.end();
      await between();
    }
  });

  test(named('is closed in any state, any number of times'), async (t) => {
    const world = await enter(t, open);
    const connector = world.make(kind);
    await connector.close();
    await connector.connect(new AbortController().signal);
    await connector.close();
    await connector.close();
    const session = await start(connector, () => Promise.resolve(receipt));
    await Promise.all([connector.close(), connector.close()]);
    await session.end();
    t.pass();
  });

  test(named('gives back on close what it held, so that another can take it'), async (t) => {
    const world = await enter(t, open);
    const first = world.make(kind);
    await first.connect(new AbortController().signal);
    await first.close();
    const session = await start(world.make(kind), () => Promise.resolve(receipt));
    t.is(await world.harness.send('MSH|^~\\&|A'), 'acknowledged');
    await session.end();
  });

  test(named('settles soon when it is told to end before it began'), async (t) => {
    const world = await enter(t, open);
    const connector = world.make(kind);
    const over = AbortSignal.abort();
    await connector.connect(over).catch(() => undefined);
    await connector.connect(new AbortController().signal);
    await connector.run(() => Promise.resolve(receipt), over);
    t.pass();
  });
}

interface Setting {
  readonly flags?: { readonly description?: string };
}

interface World {
  readonly harness: Harness;
  readonly context: ConnectorContext;
  readonly accept: (yes: boolean) => void;
  readonly make: (kind: RegisteredKind) => Connector;
}

async function enter(t: ExecutionContext, open: () => Promise<Harness>): Promise<World> {
  const harness = await open();
  const made: Connector[] = [];
  const listeners = new Set<(accepting: boolean) => void>();
  let accepting = true;
  const context: ConnectorContext = {
    id: 'under-test',
    name: 'Under test',
    log: bunyan.createLogger({ name: 'test', streams: [] }),
    accepting: () => accepting,
    onAccepting: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ingress: harness.ingress,
    objects: { put: unused, get: unused },
    countRefused: () => undefined,
    verdict: () => Promise.resolve(undefined),
  };
  t.teardown(async () => {
    await Promise.all(made.map((connector) => connector.close()));
    await harness.close();
  });
  return {
    harness,
    context,
    accept(yes) {
      accepting = yes;
      for (const listener of listeners) listener(yes);
    },
    make(kind) {
      const connector = kind.open({ ...harness.config, type: kind.kind }, context);
      made.push(connector);
      return connector;
    },
  };
}

interface Session {
  /** The body of the first message. */
  readonly arrived: Promise<Uint8Array>;
  /** Tells it to end, and resolves when it has. */
  readonly end: () => Promise<void>;
}

async function start(connector: Connector, deliver: Deliver): Promise<Session> {
  const ending = new AbortController();
  const arrived = Promise.withResolvers<Uint8Array>();
  await connector.connect(ending.signal);
  const running = connector.run((arrival) => {
    if (arrival.body instanceof Uint8Array) arrived.resolve(arrival.body);
    return deliver(arrival);
  }, ending.signal);
  return {
    arrived: arrived.promise,
    end() {
      ending.abort();
      return running;
    },
  };
}

function unused(): Promise<never> {
  return Promise.reject(new Error('not for small bodies'));
}
