/** A broker as a child process that tests may stop, kill and pause; its ports and its data stay what they were. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';

export interface Broker {
  /** Again after `stop` or `kill`, on the same ports and data. Resolves when it answers. */
  start(): Promise<void>;
  /** SIGTERM; resolves when it has ended. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>;
  /** SIGSTOP: its connections stay open and nothing answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** Kills it and deletes its folder. */
  remove(): Promise<void>;
  /** Resolves once it has printed this, now or earlier. */
  printed(pattern: RegExp): Promise<void>;
  /** The last megabyte of what it printed, over all its starts. */
  log(): string;
}

export interface BrokerProgram {
  /** For messages: `NATS on port 4222`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** The folder is deleted when this process exits, whatever becomes of it. */
  readonly temporary: boolean;
  /** What it prints when it is ready. */
  readonly ready: RegExp;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

const KEPT_LOG = 1 << 20;
const SETPRIV = '/usr/bin/setpriv';

/** What is left to do for the brokers that nobody has removed when this process exits. */
const abandonments = new Set<() => void>();
process.once('exit', () => abandonments.forEach((abandon) => abandon()));

export class ChildBroker implements Broker {
  readonly #program: BrokerProgram;
  #child: Child | undefined;
  readonly #output = new EventEmitter();
  #log = '';
  /** Characters printed so far, of which #log has the last. */
  #printed = 0;

  readonly #abandon = (): void => {
    this.#child?.kill('SIGKILL');
    if (this.#program.temporary)
      rmSync(this.#program.folder, { recursive: true, force: true, maxRetries: 3 });
  };

  constructor(program: BrokerProgram) {
    this.#program = program;
    abandonments.add(this.#abandon);
  }

  async start(): Promise<void> {
    const from = this.#printed;
    const child = launch(this.#program);
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    const ended = once(child, 'close').then(() => {
      throw new Error(`${this.#program.name} ended before it was ready:\n${this.#since(from)}`);
    });
    const ready = this.printed(this.#program.ready, from);
    await Promise.race([ready, ended]);
    // What ends later is no news to whoever started it.
    ended.catch(() => undefined);
  }

  async printed(pattern: RegExp, from = 0): Promise<void> {
    while (!pattern.test(this.#since(from))) await once(this.#output, 'text');
  }

  async stop(): Promise<void> {
    // A paused process takes a SIGTERM only once it goes on.
    this.resume();
    await this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#program.folder, { recursive: true, force: true });
    abandonments.delete(this.#abandon);
  }

  log(): string {
    return this.#log;
  }

  #hear(text: string): void {
    this.#log = (this.#log + text).slice(-KEPT_LOG);
    this.#printed += text.length;
    this.#output.emit('text');
  }

  #since(position: number): string {
    const kept = this.#printed - this.#log.length;
    return this.#log.slice(Math.max(0, position - kept));
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }
}

/** On Linux the broker dies with us even where we are killed: a test runner ends its workers by a signal. */
function launch({ command, args }: BrokerProgram): Child {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  if (!existsSync(SETPRIV)) return spawn(command, args, { stdio });
  return spawn(SETPRIV, ['--pdeathsig', 'KILL', '--', command, ...args], { stdio });
}
