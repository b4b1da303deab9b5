/** A bus on a real NATS server, with a stream that goes with the test. */
import type { ExecutionContext } from 'ava';
import { randomUUID } from 'node:crypto';
import { connect } from 'nats';
import { openJetStreamBus } from '../../src/bus/jetstream-bus.ts';
import type { JetStreamBusOptions } from '../../src/bus/jetstream-bus.ts';
import type { MessageBus } from '../../src/bus/message-bus.ts';
import type { NatsServer } from '../brokers/nats.ts';
import type { BusHarness } from './bus-contract.ts';

/** Everything that the contract's tests publish to. */
const SUBJECTS = ['a', 'a.>', 'b', 'c', 'in', 'out', 'v', 'v.>', 'w', 'w.>', 'x.>'];
const MORE = ['valid', 'passed', 'dead', 'other', 'noise', 's'];

export function optionsFor(url: string, options: Partial<JetStreamBusOptions> = {}): JetStreamBusOptions {
  return {
    target: { servers: [url], name: 'test' },
    stream: streamOf(),
    names: { ingress: 'lfh.healthos.ingress', errors: 'lfh.healthos.ingress.errors' },
    publishTimeoutMs: 5000,
    maxAgeMs: 3_600_000,
    syncAlways: true,
    gateway: 'one',
    ...options,
  };
}

export function streamOf(stream: Partial<JetStreamBusOptions['stream']> = {}): JetStreamBusOptions['stream'] {
  return {
    name: `healthos-${randomUUID().slice(0, 8)}`,
    subjects: [...SUBJECTS, ...MORE],
    duplicateWindowMs: 3_600_000,
    maxBytes: 1e9,
    replicas: 1,
    ...stream,
  };
}

/** As the gateway opens it, but for what the test sets. Without the stream's own memory of it afterwards. */
export async function temporaryStream(
  t: ExecutionContext,
  server: NatsServer,
  given: Partial<JetStreamBusOptions> = {},
): Promise<BusHarness & { readonly options: JetStreamBusOptions }> {
  const options = optionsFor(server.url, given);
  let bus = await openJetStreamBus(options);
  t.teardown(async () => {
    await bus.close();
    await removeStream(server.url, options.stream.name);
  });
  const reopen = async (): Promise<MessageBus> => {
    await bus.close();
    bus = await openJetStreamBus(options);
    return bus;
  };
  return { bus, options, reopen };
}

async function removeStream(url: string, name: string): Promise<void> {
  const connection = await connect({ servers: url });
  const jsm = await connection.jetstreamManager();
  for (const stream of [name, `OBJ_${name}`]) await jsm.streams.delete(stream).catch(() => false);
  await connection.close();
}
