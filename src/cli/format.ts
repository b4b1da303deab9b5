/** How values are shown to people. */
import type { Cell, Colour } from './output.ts';

const stateColours: Readonly<Record<string, Colour>> = {
  valid: 'green',
  delivered: 'green',
  running: 'green',
  ready: 'green',
  invalid: 'red',
  deadletter: 'red',
  stopped: 'red',
  error: 'red',
  backoff: 'yellow',
  connecting: 'yellow',
  'running.stalled': 'yellow',
  warning: 'yellow',
  information: 'cyan',
};

/** A state in its colour; a substate without one of its own, such as `running.consuming`, has that of `running`. */
export function stateCell(state: string): Cell {
  const colour = stateColours[state] ?? stateColours[state.split('.', 1)[0] ?? ''];
  return colour === undefined ? state : { text: state, colour };
}

/** `2026-01-31 12:00:00`, in UTC as the gateway says it. */
export function shortTime(rfc3339: string | null): string {
  return rfc3339 === null ? '-' : rfc3339.slice(0, 19).replace('T', ' ');
}

export function shortBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit] ?? ''}`;
}

/** `-` for what is not there. */
export function orDash(value: string | number | null | undefined): string {
  return value === null || value === undefined || value === '' ? '-' : String(value);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
