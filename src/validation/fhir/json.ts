/** Reads a resource from JSON, in time and stack that the sender cannot blow up. */
import type { Place } from '../engine.ts';
import type { Findings } from './findings.ts';
import { isObject, type JsonObject } from './json-object.ts';

/** How deep a resource may be nested; those of R4's own examples stay below 30. */
export const MOST_LEVELS = 200;

/** The object at the root, or null after a finding that says why there is none. */
export function readJson(bytes: Uint8Array, text: string, findings: Findings): JsonObject | null {
  const extent = measure(bytes);
  if (extent.levels > MOST_LEVELS) {
    findings.add('fhir/depth', `The JSON is nested more than ${MOST_LEVELS} levels deep.`);
    return null;
  }
  const root = parse(text, findings);
  if (root === undefined) return null;
  if (!isObject(root)) {
    findings.add('fhir/unknown-resource-type', 'A JSON object with a resourceType is expected.');
    return null;
  }
  reportDuplicates(root, extent.properties, findings);
  return root;
}

function parse(text: string, findings: Findings): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = placeOf(error, text, findings.firstLine);
    findings.add('fhir/json-syntax', `The JSON cannot be read${inWords(place, text)}.`, undefined, place);
    return undefined;
  }
}

/** Of V8's message only the position is taken: the rest quotes the text. */
function placeOf(error: unknown, text: string, firstLine: number): Place | undefined {
  const position = error instanceof Error ? / at position (\d+)/.exec(error.message)?.[1] : undefined;
  if (position === undefined) return undefined;
  const before = text.slice(0, Number(position)).split('\n');
  return { line: firstLine - 1 + before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function inWords(place: Place | undefined, text: string): string {
  if (place !== undefined) return `: it is not JSON at line ${place.line}, column ${place.column}`;
  return text.trim() === '' ? ': there is none' : ': it is cut off or not JSON';
}

interface Extent {
  readonly levels: number;
  /** How many properties all objects have in the text: its colons outside of strings. */
  readonly properties: number;
}

/** One pass over the bytes: `JSON.parse` would take any depth, and what walks its result would not. */
function measure(bytes: Uint8Array): Extent {
  let level = 0;
  let levels = 0;
  let properties = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 0x22) at = endOfString(bytes, at);
    else if (byte === 0x3a) properties += 1;
    else if (byte === 0x7b || byte === 0x5b) levels = Math.max(levels, (level += 1));
    else if (byte === 0x7d || byte === 0x5d) level -= 1;
  }
  return { levels, properties };
}

function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1;
  return at;
}

/** Where the text has more properties than the objects, `JSON.parse` has dropped one of two with the same name. */
function reportDuplicates(root: JsonObject, written: number, findings: Findings): void {
  if (countProperties(root) === written) return;
  findings.add(
    'fhir/duplicate-property',
    'An object has a property twice: receivers would not agree on which of them counts.',
  );
}

function countProperties(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const item of value) count += countProperties(item);
  else for (const item of Object.values(value)) count += 1 + countProperties(item);
  return count;
}
