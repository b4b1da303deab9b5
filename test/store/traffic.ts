/** Messages as the bus would deliver them to the journal, and arbitrary histories of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { StoredMessage } from '../../src/bus/message-bus.ts';
import { subjects, validatedSubject } from '../../src/bus/subjects.ts';
import { formats, header, type Headers } from '../../src/messages/envelope.ts';
import type { Issue } from '../../src/validation/issue.ts';

export const START = Date.parse('2031-03-01T08:00:00.000Z');

export function folderFor(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'healthos-journal-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A data id that grows with its number. */
export function idOf(n: number): string {
  return `0190a000-${n.toString(16).padStart(4, '0')}-7000-8000-00000000beef`;
}

export function issue(rule: string): Issue {
  return {
    rule,
    severity: 'error',
    location: 'PID-3',
    message: 'Give it a value.',
    spec: 'HL7 v2.5.1, 3.4.2',
  };
}

/** A bus that only counts positions. */
export class Stream {
  readonly messages: StoredMessage[] = [];
  readonly #step: number;

  constructor(step = 1) {
    this.#step = step;
  }

  put(subject: string, headers: Headers, size = 100): StoredMessage {
    const seq = (this.messages.at(-1)?.seq ?? 0) + this.#step;
    const message = { seq, subject, headers, body: new Uint8Array(0), size, storedAt: START + seq };
    this.messages.push(message);
    return message;
  }

  ingress(n: number, more: Headers = {}): StoredMessage {
    return this.put(subjects.ingress, {
      [header.dataId]: idOf(n),
      [header.connector]: 'rest',
      [header.format]: 'hl7v2',
      [header.contentType]: 'application/hl7-v2',
      [header.receivedAt]: new Date(START + n).toISOString(),
      [header.bodySize]: '321',
      ...more,
    });
  }

  valid(n: number, more: Headers = {}): StoredMessage {
    return this.put(validatedSubject('hl7v2'), { [header.dataId]: idOf(n), ...judged, ...more });
  }

  invalid(n: number, rules: readonly string[], more: Headers = {}): StoredMessage {
    return this.put(subjects.errors, {
      [header.dataId]: idOf(n),
      ...judged,
      [header.issues]: JSON.stringify(rules.map(issue)),
      [header.issuesTotal]: String(rules.length),
      ...more,
    });
  }
}

const judged = { [header.format]: 'hl7v2', [header.version]: '2.5.1', [header.type]: 'ADT^A01' };

/** One thing that happens in a history. */
export interface Happening {
  readonly what: 'ingress' | 'valid' | 'invalid' | 'delivered' | 'deadletter';
  readonly n: number;
  readonly connector: string;
  readonly format: string;
  readonly sender: string;
  readonly rule: string;
  readonly late: number;
  readonly parent: number | null;
}

export const happenings = fc.array(
  fc.record<Happening>({
    what: fc.constantFrom(
      'ingress',
      'ingress',
      'ingress',
      'valid',
      'valid',
      'invalid',
      'delivered',
      'deadletter',
    ),
    n: fc.nat(30),
    connector: fc.constantFrom('rest', 'mllp', 'ward'),
    format: fc.constantFrom(...formats, 'unheard-of'),
    sender: fc.constantFrom('HOSP^LAB', 'HOSP^ADT', 'CLINIC'),
    rule: fc.constantFrom('hl7v2/required-field', 'x12/count', 'fhir/cardinality'),
    late: fc.nat(5000),
    parent: fc.option(fc.nat(30), { freq: 4 }),
  }),
  { maxLength: 120 },
);

/** The history as messages on a bus whose positions lie far apart, so that it spans several extents. */
export function streamOf(history: readonly Happening[]): Stream {
  const stream = new Stream(97);
  for (const happening of history) put(stream, happening);
  return stream;
}

function put(stream: Stream, { what, n, connector, format, sender, rule, late, parent }: Happening): void {
  const found = { [header.sender]: sender, [header.controlId]: `C${n % 7}` };
  const received = { [header.receivedAt]: new Date(START + late).toISOString() };
  const replayOf = parent === null ? {} : { [header.parentId]: idOf(parent) };
  if (what === 'ingress')
    stream.ingress(n, { [header.connector]: connector, [header.format]: format, ...received, ...replayOf });
  else if (what === 'valid') stream.valid(n, { ...found, [header.format]: format });
  else if (what === 'invalid') stream.invalid(n, [rule], { ...found, [header.format]: format });
  else stream.put(subjects[what], { [header.dataId]: idOf(n), [header.connector]: connector });
}
