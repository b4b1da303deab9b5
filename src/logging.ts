/** Logs: bunyan, one JSON object a line on standard output. Only what is listed here may come out of an error. */
import bunyan from 'bunyan';
import { describeThrown, HealthosError } from './errors.ts';

export type Logger = bunyan;

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggingOptions {
  readonly level: LogLevel;
  /** `pretty` for people at a terminal, `json` for everything else. */
  readonly format: 'json' | 'pretty';
}

/** An error as it may be logged: never the text of a foreign error, since parsers quote what they read. */
export function errorForLog(thrown: unknown): Record<string, unknown> {
  if (!(thrown instanceof HealthosError)) return describeThrown(thrown);
  return {
    code: thrown.code,
    kind: thrown.kind,
    message: thrown.message,
    ...(thrown.cause === undefined ? {} : { cause: describeThrown(thrown.cause) }),
  };
}

export function createLogger(
  options: LoggingOptions,
  output: NodeJS.WritableStream = process.stdout,
): Logger {
  const stream = options.format === 'json' ? output : prettyStream(output);
  return bunyan.createLogger({
    name: 'healthos',
    level: options.level,
    streams: [{ level: options.level, stream }],
    serializers: { err: errorForLog, error: errorForLog },
  });
}

const levelNames: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info ',
  40: 'warn ',
  50: 'error',
  60: 'fatal',
};
const levelColours: Readonly<Record<number, string>> = { 40: '\x1b[33m', 50: '\x1b[31m', 60: '\x1b[31m' };
const omitted = new Set(['name', 'hostname', 'pid', 'level', 'time', 'msg', 'v']);

/** One aligned line a record: time, level, what, then the fields. */
export function prettyLine(record: Readonly<Record<string, unknown>>): string {
  const level = Number(record['level']);
  const time = String(record['time']).slice(11, 23);
  const fields = Object.entries(record)
    .filter(([key, value]) => !omitted.has(key) && value !== null && value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const colour = levelColours[level] ?? '';
  return `${time} ${colour}${levelNames[level] ?? ''}${colour && '\x1b[0m'} ${String(record['msg'])}  \x1b[2m${fields.join(' ')}\x1b[0m\n`;
}

function prettyStream(output: NodeJS.WritableStream): NodeJS.WritableStream {
  const stream = Object.create(output) as NodeJS.WritableStream;
  stream.write = (chunk: unknown) => {
    const record: unknown = JSON.parse(String(chunk));
    return output.write(prettyLine(record as Record<string, unknown>));
  };
  return stream;
}
