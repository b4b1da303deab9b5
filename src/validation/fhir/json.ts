/** Reads a resource from JSON, in time and stack that the sender cannot blow up. */
import type { Findings } from './findings.ts';
import { duplicatesIn } from './json-duplicates.ts';
import { faultIn } from './json-fault.ts';
import { isObject, type JsonObject, textOf } from './json-object.ts';
import { isResourceName } from './resource-names.ts';
import { placeAt } from './text-place.ts';

/** How deep a resource may be nested; those of R4's own examples stay below 30. */
export const MOST_LEVELS = 200;

const utf8 = new TextDecoder();

/** The object at the root, or null after a finding that says why there is none. */
export function readJson(bytes: Uint8Array, text: string, findings: Findings): JsonObject | null {
  const { properties, tooDeepAt } = measure(bytes);
  if (tooDeepAt !== null) {
    const place = placeAt(text, utf8.decode(bytes.subarray(0, tooDeepAt)).length, findings.firstLine);
    findings.add('fhir/depth', `The JSON is nested more than ${MOST_LEVELS} levels deep.`, undefined, place);
    return null;
  }
  const root = parse(text, findings);
  if (root === undefined) return null;
  if (!isObject(root)) {
    findings.add('fhir/unknown-resource-type', 'A JSON object with a resourceType is expected.');
    return null;
  }
  reportDuplicates(root, properties, text, findings);
  return root;
}

function parse(text: string, findings: Findings): unknown {
  try {
    return JSON.parse(text);
  } catch {
    reportFault(text, findings);
    return undefined;
  }
}

function reportFault(text: string, findings: Findings): void {
  if (text.trim() === '') {
    findings.add('fhir/json-syntax', 'The JSON cannot be read: there is none.');
    return;
  }
  const { position, reason } = faultIn(text);
  const place = placeAt(text, position, findings.firstLine);
  const message = `The JSON cannot be read at line ${place.line}, column ${place.column}: ${reason}.`;
  findings.add('fhir/json-syntax', message, undefined, place);
}

interface Extent {
  /** How many properties all objects have in the text: its colons outside of strings. */
  readonly properties: number;
  /** The byte that begins a level too many. */
  readonly tooDeepAt: number | null;
}

/** One pass over the bytes: `JSON.parse` would take any depth, and what walks its result would not. */
function measure(bytes: Uint8Array): Extent {
  let level = 0;
  let properties = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 0x22) at = endOfString(bytes, at);
    else if (byte === 0x3a) properties += 1;
    else if (byte === 0x7b || byte === 0x5b) level += 1;
    else if (byte === 0x7d || byte === 0x5d) level -= 1;
    if (level > MOST_LEVELS) return { properties, tooDeepAt: at };
  }
  return { properties, tooDeepAt: null };
}

function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1;
  return at;
}

/** Where the text has more properties than the objects, `JSON.parse` has dropped one of two with the same name. */
function reportDuplicates(root: JsonObject, written: number, text: string, findings: Findings): void {
  if (countProperties(root) === written) return;
  const type = textOf(root['resourceType']) ?? '';
  for (const { way, position } of duplicatesIn(text)) {
    findings.addOn(
      isResourceName(type) ? [type, ...way] : [],
      'fhir/duplicate-property',
      'The object has this property twice: receivers would not agree on which of them counts.',
      placeAt(text, position, findings.firstLine),
    );
  }
}

function countProperties(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const item of value) count += countProperties(item);
  else for (const item of Object.values(value)) count += 1 + countProperties(item);
  return count;
}
