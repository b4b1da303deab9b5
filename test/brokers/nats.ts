/** A real NATS server as a child process, or several as a cluster, on loopback. */
import { once } from 'node:events';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildBroker } from './child-broker.ts';
import type { Broker, BrokerProgram } from './child-broker.ts';
import { natsServerProgram } from './download.ts';
import { onFreePorts } from './ports.ts';

export interface NatsOptions {
  /** More of nats-server's configuration: `authorization { … }`, `tls { … }`. */
  readonly config?: string;
  /** Default true. */
  readonly jetStream?: boolean;
  /** JetStream's `sync_interval`. Default `always`, as the gateway asks for; `2m` is the server's own. */
  readonly sync?: string;
  /** What JetStream may keep on the disk. Default `20GB`. */
  readonly maxFile?: string;
  /** Default a free one. */
  readonly port?: number;
  /** For the configuration and the data. Default a temporary one, which goes when this process exits. */
  readonly folder?: string;
  /** `server_name`. */
  readonly name?: string;
}

export interface NatsServer extends Broker {
  readonly name: string;
  readonly port: number;
  /** `nats://127.0.0.1:PORT`. */
  readonly url: string;
}

export interface NatsCluster {
  readonly servers: readonly NatsServer[];
  /** Those of all servers, separated by commas. */
  readonly url: string;
  remove(): Promise<void>;
}

/** Resolves when the server answers on its port. */
export function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const { port } = options;
  if (port === undefined) return onFreePorts(1, (free) => startOn(free, options));
  return startOn(port, options);
}

/** Servers `n1`, `n2`, … that have elected the leader of JetStream. */
export async function startNatsCluster(
  count = 3,
  options: Pick<NatsOptions, 'config' | 'sync'> = {},
): Promise<NatsCluster> {
  const servers = await onFreePorts(2 * count, (first) => startMembers(first, count, options));
  await Promise.all(servers.map((server) => server.printed(ELECTED)));
  const remove = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.remove()));
  };
  return { servers, url: servers.map(({ url }) => url).join(','), remove };
}

const ELECTED = /(new JetStream cluster|JetStream cluster new) metadata leader/;

function startMembers(
  first: number,
  count: number,
  { config = '', sync = 'always' }: Pick<NatsOptions, 'config' | 'sync'>,
): Promise<readonly NatsServer[]> {
  const members = Array.from({ length: count }, (_, index) => ({
    port: first + index,
    route: first + count + index,
  }));
  const routes = members.map(({ route }) => `nats://127.0.0.1:${route}`).join(', ');
  return Promise.all(
    members.map(({ port, route }, index) =>
      startNats({
        name: `n${index + 1}`,
        port,
        sync,
        config: `cluster { name: lab, host: 127.0.0.1, port: ${route}, routes: [ ${routes} ] }\n${config}`,
      }),
    ),
  );
}

async function startOn(port: number, options: NatsOptions): Promise<NatsServer> {
  const { name = 'nats' } = options;
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'healthos-nats-')));
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'nats.conf');
  await writeFile(file, configuration(port, folder, options));
  const program = {
    name: `NATS on port ${port}`,
    command: await natsServerProgram(),
    args: ['-c', file],
    folder,
    temporary: options.folder === undefined,
    ready: /Server is ready/,
  };
  const server = new NatsChild(program, name, port);
  await server.start();
  return server;
}

function configuration(
  port: number,
  folder: string,
  { name = 'nats', config = '', jetStream = true, sync = 'always', maxFile = '20GB' }: NatsOptions,
): string {
  const store = JSON.stringify(join(folder, 'jetstream'));
  const lines = [`host: 127.0.0.1`, `port: ${port}`, `server_name: ${name}`];
  if (jetStream)
    lines.push(`jetstream { store_dir: ${store}, max_file: ${maxFile}, sync_interval: ${sync} }`);
  return [...lines, config, ''].join('\n');
}

class NatsChild extends ChildBroker implements NatsServer {
  readonly name: string;
  readonly port: number;
  readonly url: string;

  constructor(program: BrokerProgram, name: string, port: number) {
    super(program);
    this.name = name;
    this.port = port;
    this.url = `nats://127.0.0.1:${port}`;
  }

  override async start(): Promise<void> {
    await super.start();
    const socket = connect(this.port, '127.0.0.1').setEncoding('utf8');
    const greeting = String(await once(socket, 'data'));
    socket.destroy();
    if (!greeting.startsWith('INFO ')) throw new Error(`No NATS server answers on port ${this.port}`);
  }
}
