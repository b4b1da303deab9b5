/** The real gateway in a process of its own, on a free port and in a data folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface RunningGateway {
  readonly url: string;
  readonly data: string;
  readonly process: ChildProcess;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  /** Ends it by the signal, and resolves with its exit status (null where the signal killed it). */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  /** Ends it where it still runs, and removes its folder. */
  remove(): Promise<void>;
}

export interface RunOptions {
  /** Default: a new temporary folder. */
  readonly data?: string;
  /** Default: `config/quickstart.yaml`. */
  readonly file?: string;
  readonly args?: readonly string[];
}

/** Resolves when the gateway is ready. Rejects where it ends before. */
export async function runGateway(options: RunOptions = {}): Promise<RunningGateway> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'healthos-')));
  const file = options.file ?? 'config/quickstart.yaml';
  const args = ['start', '-f', file, '--data', data, '--port', '0', ...(options.args ?? [])];
  const child = spawn(process.execPath, [resolve('src/cli/healthos.js'), ...args]);
  const written = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
  const url = await announced(child, written);
  await ready(child, url);
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exit = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    return (await exit)[0];
  };
  const remove = async () => {
    await end('SIGKILL');
    await rm(data, { recursive: true, force: true });
  };
  return {
    url,
    data,
    process: child,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    end,
    remove,
  };
}

/** It says where it listens on standard error. */
async function announced(child: ChildProcess, written: { readonly stderr: string }): Promise<string> {
  const ended = once(child, 'exit').then(() => 'ended' as const);
  for (;;) {
    const url = /dashboard\s+(http\S+?)\/\n/.exec(written.stderr)?.[1];
    if (url !== undefined) return url;
    const more = child.stderr === null ? ended : Promise.race([once(child.stderr, 'data'), ended]);
    if ((await more) === 'ended') throw new Error(`The gateway ended at start:\n${written.stderr}`);
  }
}

/** Each change of state is a line of its log: after each of them it may be ready. */
async function ready(child: ChildProcess, url: string): Promise<void> {
  while (!(await fetch(`${url}/readyz`)).ok) if (child.stdout !== null) await once(child.stdout, 'data');
}
