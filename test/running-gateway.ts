/** The real process, as an operator starts it: `healthos start` on a free port, its output in files. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

export const project = fileURLToPath(new URL('..', import.meta.url));
export const launcher = join(project, 'src/cli/healthos.js');

export interface StartOptions {
  readonly data: string;
  /** The service definition; default: the quickstart's. */
  readonly file?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Another command than the launcher of this checkout. */
  readonly command?: readonly string[];
  /** More of the command line. */
  readonly args?: readonly string[];
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** What `GET /admin` tells, as far as it is needed here. */
export interface Overview {
  readonly bus: { readonly messages: number; readonly depth: number };
  readonly journal: { readonly position: number; readonly state: string };
  readonly counts: { readonly total: number; readonly received: number };
}

/** An empty folder that goes with the test. */
export function temporaryFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'healthos-integration-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts a gateway without waiting for anything. It is killed with the test if it still runs then. */
export function spawnGateway(t: ExecutionContext, options: StartOptions): GatewayProcess {
  const gateway = new GatewayProcess(options, temporaryFolder(t));
  t.teardown(async () => {
    gateway.kill('SIGKILL');
    await gateway.exited;
  });
  return gateway;
}

/** Starts a gateway that has to come up, and resolves when it is ready. */
export async function startGateway(t: ExecutionContext, options: StartOptions): Promise<GatewayProcess> {
  const gateway = spawnGateway(t, options);
  await gateway.ready();
  return gateway;
}

/** Asks until the answer is there; for what another process does there is no event to wait for. */
export async function eventually<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined> | Answer | undefined,
  limitMs = 120_000,
): Promise<Answer> {
  const end = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`Waited in vain for: ${what}`);
    await setTimeout(20);
  }
}

export class GatewayProcess {
  readonly pid: number;
  readonly exited: Promise<Ended>;
  readonly #process: ChildProcess;
  readonly #stderr: string;
  readonly #stdout: string;
  #url: string | undefined;

  constructor({ data, file, port, command, args: more = [] }: StartOptions, outputs: string) {
    this.#stdout = join(outputs, 'stdout');
    this.#stderr = join(outputs, 'stderr');
    const output = [openSync(this.#stdout, 'w'), openSync(this.#stderr, 'w')] as const;
    const [program, ...first] = command ?? [process.execPath, launcher];
    const definition = file === undefined ? [] : ['-f', file];
    const args = [...first, 'start', ...definition, '--data', data, '--port', String(port ?? 0), ...more];
    this.#process = spawn(program ?? process.execPath, args, { stdio: ['ignore', ...output], cwd: outputs });
    output.forEach(closeSync);
    this.pid = this.#process.pid ?? 0;
    this.exited = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => resolve({ code, signal, stderr: this.stderr }));
    });
  }

  get url(): string {
    if (this.#url === undefined) throw new Error('The gateway does not listen yet.');
    return this.#url;
  }

  get stderr(): string {
    return readFileSync(this.#stderr, 'utf8');
  }

  get log(): string {
    return readFileSync(this.#stdout, 'utf8');
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Resolves when it listens, ready or not. */
  async listening(): Promise<void> {
    this.#url = await eventually('the gateway to listen', () => this.#announced());
  }

  /** Resolves when `/readyz` says so. */
  async ready(): Promise<void> {
    await this.listening();
    await eventually('the gateway to be ready', async () => ((await this.isReady()) ? true : undefined));
  }

  async isReady(): Promise<boolean> {
    const answer = await fetch(`${this.url}/readyz`);
    await answer.arrayBuffer();
    return answer.status === 200;
  }

  async get<Body>(path: string): Promise<Body> {
    const answer = await fetch(this.url + path);
    // The tests look at what they read; this says only what they expect.
    return (await answer.json()) as Body;
  }

  /** Resolves when every stored message has its verdict, and the journal knows. */
  async settled(): Promise<Overview> {
    return eventually('every message to have its verdict in the journal', async () => {
      const overview = await this.get<Overview>('/admin');
      const { bus, counts } = overview;
      const done = bus.depth === 0 && counts.received === 0 && counts.total * 2 === bus.messages;
      return done ? overview : undefined;
    });
  }

  /** Ends it as an operator does. */
  async stop(): Promise<Ended> {
    this.kill('SIGTERM');
    return this.exited;
  }

  #announced(): string | undefined {
    if (this.#process.exitCode !== null) throw new Error(`The gateway has ended: ${this.stderr}`);
    return /dashboard\s+(http:\/\/[^\s/]+)\//.exec(this.stderr)?.[1];
  }
}
