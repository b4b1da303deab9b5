/** A real Kafka broker (KRaft, one node) as a child process on loopback, with a listener for each way to connect. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { brokerCertificates } from './certificates.ts';
import type { BrokerCertificates, CertificateFiles } from './certificates.ts';
import { ChildBroker } from './child-broker.ts';
import type { Broker, BrokerProgram } from './child-broker.ts';
import { kafkaClassPath } from './download.ts';
import { LISTENERS, listenersFrom, serverProperties } from './kafka-properties.ts';
import type { KafkaListeners } from './kafka-properties.ts';
import { onFreePorts } from './ports.ts';

export interface KafkaOptions {
  /** The first of six consecutive ports: plain, saslPlain, ssl, saslSsl, mutual, controller. Default free ones. */
  readonly port?: number;
  /** For the configuration, the certificates and the data. Default a temporary one, which goes when this process exits. */
  readonly folder?: string;
  /** More lines of server.properties. */
  readonly properties?: string;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The addresses are `127.0.0.1:PORT`; the certificate also holds for `localhost`. */
export interface KafkaBroker extends Broker, KafkaListeners {
  /** Of the authority that issued the broker's certificate and the client's. */
  readonly ca: BrokerCertificates['ca'];
  /** For the listener `mutual`. */
  readonly client: CertificateFiles;
  readonly users: { readonly plain: Credentials; readonly scram: Credentials };
  /** Resolves when each partition has its leader. */
  createTopic(name: string, partitions?: number): Promise<void>;
  /** Of the user for SCRAM, both mechanisms, from the next connection on. Takes two starts of a JVM. */
  changeScramPassword(password: string): Promise<void>;
}

const PLAIN: Credentials = { username: 'plainuser', password: 'plainpass' };
const SCRAM: Credentials = { username: 'u', password: 'p' };

const SCRAM_MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];

const run = promisify(execFile);

/** Resolves when the broker answers. */
export function startKafka(options: KafkaOptions = {}): Promise<KafkaBroker> {
  const { port } = options;
  if (port === undefined) return onFreePorts(LISTENERS, (first) => startOn(first, options));
  return startOn(port, options);
}

async function startOn(first: number, options: KafkaOptions): Promise<KafkaBroker> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'healthos-kafka-')));
  await mkdir(folder, { recursive: true });
  const certificates = await brokerCertificates(join(folder, 'certificates'));
  const file = join(folder, 'server.properties');
  await writeFile(
    file,
    serverProperties({ first, folder, certificates, plain: PLAIN }) + (options.properties ?? ''),
  );
  const classPath = await kafkaClassPath();
  if (!existsSync(join(folder, 'log/meta.properties'))) await format(classPath, file);
  const program: BrokerProgram = {
    name: `Kafka on port ${first}`,
    command: 'java',
    args: [...JVM, '-cp', classPath, 'kafka.Kafka', file],
    folder,
    temporary: options.folder === undefined,
    ready: /Kafka Server started/,
  };
  const broker = new KafkaChild(program, first, certificates, classPath);
  await broker.start();
  return broker;
}

/** As small as it runs well: no optimising compiler, which costs more at start than it gives a test. */
const JVM = [
  '-Xms64m',
  '-Xmx256m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:MaxMetaspaceSize=128m',
];

async function format(classPath: string, file: string): Promise<void> {
  const { username, password } = SCRAM;
  const users = SCRAM_MECHANISMS.flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${username},password=${password}]`,
  ]);
  const tool = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', file, '--ignore-formatted'];
  await runTool(classPath, [...tool, ...users]);
}

async function runTool(classPath: string, args: readonly string[]): Promise<void> {
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';
  await run('java', ['-Xmx128m', '-XX:TieredStopAtLevel=1', quiet, '-cp', classPath, ...args]);
}

/** 16 bytes in base64; any will do. */
const CLUSTER_ID = 'aGVhbHRob3MtYnJva2Vycw';

class KafkaChild extends ChildBroker implements KafkaBroker {
  readonly plain: string;
  readonly saslPlain: string;
  readonly ssl: string;
  readonly saslSsl: string;
  readonly mutual: string;
  readonly ca: BrokerCertificates['ca'];
  readonly client: CertificateFiles;
  readonly users = { plain: PLAIN, scram: SCRAM };
  readonly #classPath: string;

  constructor(program: BrokerProgram, first: number, certificates: BrokerCertificates, classPath: string) {
    super(program);
    const { plain, saslPlain, ssl, saslSsl, mutual } = listenersFrom(first);
    this.plain = plain;
    this.saslPlain = saslPlain;
    this.ssl = ssl;
    this.saslSsl = saslSsl;
    this.mutual = mutual;
    this.ca = certificates.ca;
    this.client = certificates.client;
    this.#classPath = classPath;
  }

  async createTopic(topic: string, numPartitions = 1): Promise<void> {
    const kafka = new Kafka({ brokers: [this.plain], clientId: 'create-topic', logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    try {
      await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true });
    } finally {
      await admin.disconnect();
    }
  }

  async changeScramPassword(password: string): Promise<void> {
    const { plain } = this;
    const entity = ['--entity-type', 'users', '--entity-name', SCRAM.username];
    const tool = ['kafka.admin.ConfigCommand', '--bootstrap-server', plain, '--alter', ...entity];
    // The broker alters a user once a request.
    for (const mechanism of SCRAM_MECHANISMS) {
      await runTool(this.#classPath, [...tool, '--add-config', `${mechanism}=[password=${password}]`]);
    }
  }
}
