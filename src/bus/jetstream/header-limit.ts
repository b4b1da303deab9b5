/**
 * JetStream refuses a message whose headers take 64 KiB or more (error 10097), whatever the server's `max_payload`. A
 * verdict with 32 long issues, or a source with long headers, must find its way all the same.
 */
import { header, type Headers } from '../../messages/envelope.ts';

/** A little less than the server's limit. */
export const MOST_HEADER_BYTES = 63 * 1024;

const own: ReadonlySet<string> = new Set(Object.values(header));

/** The headers, or, where they take too much, as many as fit: those of others go first, then the last of the issues. */
export function fitting(headers: Headers, limit: number = MOST_HEADER_BYTES): Headers {
  if (bytesOf(headers) <= limit) return headers;
  const { [header.issues]: issues, ...rest } = headers;
  const ours = Object.fromEntries(Object.entries(rest).filter(([name]) => own.has(name)));
  const others = Object.entries(rest).filter(([name]) => !own.has(name));
  const kept = within(ours, limit / 2);
  const shown = issues === undefined ? {} : { [header.issues]: firstOf(issues, limit / 4) };
  return { ...kept, ...shown, ...within(Object.fromEntries(others), limit / 4) };
}

/** The smallest first, as many as there is room for. */
function within(headers: Headers, limit: number): Headers {
  let left = limit;
  const bySize = Object.entries(headers).toSorted(([, a], [, b]) => a.length - b.length);
  return Object.fromEntries(bySize.filter(([name, value]) => (left -= bytesOfOne(name, value)) > 0));
}

/** The gravest issues stand first. */
function firstOf(issues: string, limit: number): string {
  const all = listed(issues);
  while (all.length > 0 && Buffer.byteLength(JSON.stringify(all)) > limit) all.pop();
  return JSON.stringify(all);
}

function listed(json: string): unknown[] {
  try {
    const given: unknown = JSON.parse(json);
    return Array.isArray(given) ? given : [];
  } catch {
    return [];
  }
}

function bytesOf(headers: Headers): number {
  let bytes = 0;
  for (const name in headers) bytes += bytesOfOne(name, headers[name] ?? '');
  return bytes;
}

/** As it is written in a line, or, at most, in JSON. */
function bytesOfOne(name: string, value: string): number {
  const characters = name.length + value.length + 4;
  // Most are short: what cannot be too much is not counted by the byte.
  return characters < 1024 ? characters : Buffer.byteLength(JSON.stringify([name, value]));
}
