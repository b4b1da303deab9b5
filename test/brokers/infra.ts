/** The brokers for development: the gateway's bus, and a NATS and a Kafka as other systems have them, with the demo's topics. */
import { join } from 'node:path';
import { connect } from 'nats';
import { startKafka } from './kafka.ts';
import type { KafkaBroker } from './kafka.ts';
import { LISTENERS } from './kafka-properties.ts';
import { startNats } from './nats.ts';
import type { NatsServer } from './nats.ts';
import { takenPorts } from './ports.ts';

export interface InfraPorts {
  readonly bus: number;
  readonly nats: number;
  /** The first of six: plain, SASL_PLAINTEXT, SSL, SASL_SSL, mutual TLS, the controller's. */
  readonly kafka: number;
}

export interface InfraOptions {
  /** Default: those of the seed, which `config/demo.yaml` names. */
  readonly ports?: Partial<InfraPorts>;
  /** Where data and certificates stay from one start to the next. Default temporary ones. */
  readonly folder?: string;
}

export interface Infra {
  readonly bus: NatsServer;
  readonly nats: NatsServer;
  readonly kafka: KafkaBroker;
  /** Each with SIGTERM; resolves when all have ended. */
  stop(): Promise<void>;
  /** Kills them and deletes their data. */
  remove(): Promise<void>;
}

export const DEMO_STREAM = 'external-stream';
/** Of that stream, and the name of Kafka's topic. */
export const DEMO_SUBJECT = 'healthy-data';

const SEED_PORTS: InfraPorts = { bus: 4222, nats: 4224, kafka: 9093 };

/** Resolves when all three answer and hold the demo's stream and topic. Rejects where a port is taken. */
export async function startInfra({ ports, folder }: InfraOptions = {}): Promise<Infra> {
  const at = { ...SEED_PORTS, ...ports };
  await refuseTaken(at);
  const brokers = await startAll(at, folder);
  const { bus, nats, kafka } = brokers;
  const every = [bus, nats, kafka];
  const stop = async (): Promise<void> => {
    await Promise.all(every.map((broker) => broker.stop()));
  };
  const remove = async (): Promise<void> => {
    await Promise.all(every.map((broker) => broker.remove()));
  };
  try {
    await Promise.all([makeStream(nats), kafka.createTopic(DEMO_SUBJECT)]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { bus, nats, kafka, stop, remove };
}

type Brokers = Pick<Infra, 'bus' | 'nats' | 'kafka'>;

/** All or none: where one does not start, the others are stopped. */
async function startAll(ports: InfraPorts, folder: string | undefined): Promise<Brokers> {
  const place = (name: string) => (folder === undefined ? {} : { folder: join(folder, name) });
  const bus = startNats({ name: 'core', port: ports.bus, ...place('bus') });
  const nats = startNats({ name: 'external', port: ports.nats, ...place('nats') });
  const kafka = startKafka({ port: ports.kafka, ...place('kafka') });
  try {
    return { bus: await bus, nats: await nats, kafka: await kafka };
  } catch (error) {
    for (const started of await Promise.allSettled([bus, nats, kafka])) {
      if (started.status === 'fulfilled') await started.value.stop();
    }
    throw error;
  }
}

async function refuseTaken(ports: InfraPorts): Promise<void> {
  const taken = await Promise.all([
    takenPorts(ports.bus),
    takenPorts(ports.nats),
    takenPorts(ports.kafka, LISTENERS),
  ]);
  const [first, ...others] = taken.flat();
  if (first === undefined) return;
  const what = others.length > 0 ? `The ports ${[first, ...others].join(', ')} are` : `Port ${first} is`;
  throw new Error(`${what} taken. End what listens there (another infra? docker compose?) and try again.`);
}

/** As the seed's demo has it: file storage, limits, and a subject that core publishers use too. */
async function makeStream(nats: NatsServer): Promise<void> {
  const connection = await connect({ servers: nats.url });
  try {
    const manager = await connection.jetstreamManager();
    await manager.streams.add({ name: DEMO_STREAM, subjects: [DEMO_SUBJECT] });
  } finally {
    await connection.close();
  }
}
