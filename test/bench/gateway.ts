/** The gateway under measurement: the real process, its log in a file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../src/cli/healthos.js', import.meta.url));

export interface Overview {
  /** Messages without a verdict. */
  readonly backlog: number;
  /** Messages with a verdict that the journal knows. */
  readonly journalled: number;
}

export class Gateway {
  readonly port: number;
  readonly process: ChildProcess;

  constructor(port: number, process: ChildProcess) {
    this.port = port;
    this.process = process;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async overview(): Promise<Overview> {
    const response = await fetch(`${this.url}/admin`);
    const { bus, counts } = (await response.json()) as {
      bus: { depth: number };
      counts: Record<'valid' | 'invalid', number>;
    };
    return { backlog: bus.depth, journalled: counts.valid + counts.invalid };
  }

  /** Resolves when everything that was taken in has been validated and journalled. */
  async settled(): Promise<void> {
    for (let last = -1; ;) {
      const { backlog, journalled } = await this.overview();
      if (backlog === 0 && journalled === last) return;
      last = journalled;
      await setTimeout(50);
    }
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${name} `));
    return Number(line?.split(' ')[1]);
  }

  residentMb(): number {
    const status = readFileSync(`/proc/${this.process.pid ?? 'self'}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  async stop(): Promise<void> {
    this.process.kill('SIGTERM');
    await new Promise((resolve) => this.process.once('exit', resolve));
  }
}

/** Starts it in the folder with a service definition, which is told the port; resolves when it is ready. */
export async function startGateway(folder: string, definition: (port: number) => string): Promise<Gateway> {
  const port = await freePort();
  const file = join(folder, 'bench.yaml');
  writeFileSync(file, definition(port));
  const said = join(folder, 'said');
  const child = spawn(process.execPath, [launcher, 'start', '-f', file, '--data', join(folder, 'data')], {
    stdio: ['ignore', openSync(join(folder, 'log'), 'w'), openSync(said, 'w')],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return new Gateway(port, child);
    if (child.exitCode !== null)
      throw new Error(`The gateway ended at start:\n${readFileSync(said, 'utf8')}`);
    await setTimeout(50);
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
