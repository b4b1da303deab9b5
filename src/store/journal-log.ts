/** The log's lines about messages, written from the journal's own thread. Metadata only: ids, formats, sizes, counts. */
import { hostname } from 'node:os';
import { type LoggingOptions, prettyLine } from '../logging.ts';
import type { LifeStep } from '../messages/life.ts';
import { LineWriter } from './line-writer.ts';
import type { Applied, Batch } from './projection.ts';

export interface JournalLogOptions extends LoggingOptions {
  /** The file descriptor to write to: 1, standard output. */
  readonly fd: number;
}

/** bunyan's numbers. */
const severity = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;
type Severity = keyof typeof severity;

/** A message that reaches an end is told at `info`, every other step at `debug`. */
const levels = {
  received: 'debug',
  stored: 'debug',
  valid: 'info',
  invalid: 'info',
  delivered: 'debug',
  deadletter: 'info',
  replayed: 'debug',
} as const satisfies Record<LifeStep, Severity>;

/** Of the steps that should not be, so many are told one by one. */
const MOST_UNEXPECTED = 10;

export class JournalLog {
  readonly #least: number;
  readonly #pretty: boolean;
  readonly #writer: LineWriter;
  readonly #head = `{"name":"healthos","hostname":${JSON.stringify(hostname())},"pid":${process.pid},"level":`;
  #time = '';

  constructor(options: JournalLogOptions) {
    this.#least = severity[options.level];
    this.#pretty = options.format === 'pretty';
    this.#writer = new LineWriter(options.fd, (lines) => this.#line('warn', 'log.lines-left-out', { lines }));
  }

  /** Tells what was applied. */
  tell(batch: Batch): void {
    this.#time = new Date().toISOString();
    for (const applied of batch.applied) if (this.#wants(levels[applied.step])) this.#step(applied);
    this.#unexpected(batch.applied.filter(({ unexpected }) => unexpected));
    if (batch.strays > 0) this.#say('debug', 'message.stray-steps', { steps: batch.strays });
    this.#writer.flush();
  }

  /** Tells something about the journal itself. */
  say(level: Severity, message: string, fields: Readonly<Record<string, unknown>>): void {
    this.#time = new Date().toISOString();
    this.#say(level, message, fields);
    this.#writer.flush();
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  #step({ step, at, entry, connector, judgement, unexpected }: Applied): void {
    if (unexpected) return;
    const { format, arrived } = entry;
    const { dataId: data_id, bytes, receivedAt } = arrived;
    const type = judgement?.type ?? null;
    const issues = judgement?.issuesTotal ?? 0;
    const fields = { data_id, connector, format, type, bytes, issues };
    const told = judgement === undefined ? fields : { ...fields, ms: at - receivedAt };
    this.#say(levels[step], `message.${step}`, told);
    // A message that came is two steps.
    if (step === 'received') this.#say(levels.stored, 'message.stored', told);
  }

  #unexpected(applied: readonly Applied[]): void {
    for (const { entry, step } of applied.slice(0, MOST_UNEXPECTED)) {
      const { dataId: data_id } = entry.arrived;
      this.#say('error', 'message.unexpected-step', { data_id, step, life: entry.life });
    }
    if (applied.length > MOST_UNEXPECTED)
      this.#say('error', 'message.unexpected-steps', { steps: applied.length });
  }

  #wants(level: Severity): boolean {
    return severity[level] >= this.#least;
  }

  #say(level: Severity, message: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#wants(level)) this.#writer.add(this.#line(level, message, fields));
  }

  /** As bunyan writes it. */
  #line(level: Severity, msg: string, fields: Readonly<Record<string, unknown>>): string {
    if (this.#pretty) return prettyLine({ level: severity[level], time: this.#time, msg, ...fields });
    const inner = JSON.stringify(fields).slice(1, -1);
    return `${this.#head}${severity[level]},${inner},"msg":"${msg}","time":"${this.#time}","v":0}\n`;
  }
}
