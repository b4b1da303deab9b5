/**
 * Others' MLLP: HAPI's client and receiver, Camel's receiver, python-hl7's `mllp_send`. Fetched once with Maven and pip, and
 * the few lines of Java that start them compiled, into the cache of the brokers.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { cached, fetchJars } from '../brokers/download.ts';

const HAPI_VERSION = '2.6.0';
const CAMEL_VERSION = '4.14.0';
const PYTHON_HL7_VERSION = '0.4.5';

const run = promisify(execFile);
const here = (name: string) => join(import.meta.dirname, name);

export interface Receiver {
  readonly process: ChildProcess;
  close(): Promise<void>;
}

/** Parses every message, and stores none. */
export async function startHapiReceiver(port: number): Promise<Receiver> {
  return startReceiver(await hapi(), 'HapiReceiver', port);
}

/** Neither parses nor stores. */
export async function startCamelReceiver(port: number): Promise<Receiver> {
  return startReceiver(await camel(), 'CamelReceiver', port);
}

/** Sends the files with HAPI's client; a line for each answer: MSA-1, MSA-2, MSH-9.1, the number of ERR segments. */
export async function sendWithHapi(port: number, files: readonly string[]): Promise<readonly string[]> {
  const folder = await hapi();
  const program = ['-cp', classPath(folder), 'HapiClient', String(port), ...files];
  const { stdout } = await run('java', program, { cwd: folder });
  return stdout.trim().split('\n');
}

/** Sends the file, which may hold several messages, with python-hl7's `mllp_send`; answers what it printed. */
export async function sendWithPython(port: number, file: string): Promise<string> {
  const packages = await cached(`python-hl7-${PYTHON_HL7_VERSION}`, fetchPythonHl7);
  const program = ['-c', 'from hl7.client import mllp_send; mllp_send()', '--loose', '--file', file];
  const env = { ...process.env, PYTHONPATH: packages };
  const { stdout } = await run('python3', [...program, '--port', String(port), '127.0.0.1'], { env });
  return stdout;
}

/** So that no test waits for it. */
export async function fetchMllpPeers(): Promise<void> {
  await Promise.all([hapi(), camel(), cached(`python-hl7-${PYTHON_HL7_VERSION}`, fetchPythonHl7)]);
}

/** Its folder. */
function hapi(): Promise<string> {
  return cached(`hapi-${HAPI_VERSION}`, async (empty) => {
    const part = (name: string) => `ca.uhn.hapi:hapi-${name}:${HAPI_VERSION}`;
    await fetchJars(empty, [part('base'), part('structures-v23'), part('structures-v251')]);
    await compile(empty, ['HapiClient.java', 'HapiReceiver.java']);
  });
}

function camel(): Promise<string> {
  return cached(`camel-mllp-${CAMEL_VERSION}`, async (empty) => {
    const part = (name: string) => `org.apache.camel:camel-${name}:${CAMEL_VERSION}`;
    await fetchJars(empty, [part('mllp'), part('main')]);
    await compile(empty, ['CamelReceiver.java']);
  });
}

function classPath(folder: string): string {
  return `${folder}:${join(folder, '*')}`;
}

async function compile(folder: string, sources: readonly string[]): Promise<void> {
  await run('javac', ['-cp', join(folder, '*'), '-d', folder, ...sources.map(here)]);
}

async function fetchPythonHl7(folder: string): Promise<void> {
  const options = ['--no-deps', '--quiet', '--disable-pip-version-check', '--no-warn-script-location'];
  const needed = [`hl7==${PYTHON_HL7_VERSION}`, 'six'];
  await run('python3', ['-m', 'pip', 'install', ...options, '--target', folder, ...needed]);
}

/** Resolves when it listens. */
async function startReceiver(folder: string, name: string, port: number): Promise<Receiver> {
  // HAPI keeps a file of control ids where it is started.
  const child = spawn('java', ['-cp', classPath(folder), name, String(port)], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const ready = (async () => {
    for await (const line of lines) if (line === 'ready') return;
    throw new Error(`${name} ended before it listened.`);
  })();
  await ready;
  child.stdout.resume();
  return {
    process: child,
    async close() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
