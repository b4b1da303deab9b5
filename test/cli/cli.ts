/** Runs the real command line in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

export const launcher = resolve('src/cli/healthos.js');

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** The Node that runs the launcher; default: the one that runs the tests. */
  readonly node?: string;
}

/** Two at a time: a process a core is as fast as many, and no test waits for all the others. */
export async function healthos(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const turn = Promise.withResolvers<undefined>();
  const lane = lanes.shift() ?? Promise.resolve();
  lanes.push(turn.promise);
  await lane;
  try {
    return await run(args, options);
  } finally {
    turn.resolve(undefined);
  }
}

const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];

async function run(args: readonly string[], options: RunOptions): Promise<Ended> {
  const child = startCli(args, options);
  child.stdin?.end(options.input ?? '');
  const [stdout, stderr, [status]] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { status, stdout, stderr };
}

export function startCli(args: readonly string[], { env, node }: RunOptions = {}): ChildProcess {
  return spawn(node ?? process.execPath, [launcher, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
}

function read(stream: NodeJS.ReadableStream | null): Promise<string> {
  return stream === null ? Promise.resolve('') : text(stream);
}

/** The documents of an output of one JSON document a line. */
export function documents(stdout: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A Node outside of the project, such as people have; undefined where there is none. */
export function nodeOfTheSystem(): string | undefined {
  const folders = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'));
  return folders.map((folder) => join(folder, 'node')).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
