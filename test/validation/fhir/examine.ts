/** Runs the FHIR engine under a preset, as the validator does. */
import type { Examined, Preset } from '../../../src/validation/engine.ts';
import { fhirEngine } from '../../../src/validation/fhir/index.ts';
import type { Judged } from '../../../src/validation/judge.ts';
import { judge } from '../../../src/validation/judge.ts';

export function examine(
  body: Uint8Array | string | object,
  preset: Preset = 'strict',
  said: Pick<Examined, 'hint' | 'fhirVersion' | 'fhir'> = {},
): Judged {
  const bytes = toBytes(body);
  const levels = new Map(fhirEngine.rules.map(({ id, levels }) => [id, levels[preset]]));
  return judge(fhirEngine, { bytes, size: bytes.length, ...said }, levels);
}

/** The rules that found an error, each once. */
export function errorsOf({ issues }: Judged): string[] {
  return [...new Set(issues.filter(({ severity }) => severity === 'error').map(({ rule }) => rule))].sort();
}

/** Each finding as `rule location`, but for good practice. */
export function findings(body: Uint8Array | string | object): string[] {
  const issues = examine(body).issues.filter(({ rule }) => rule !== 'fhir/best-practice');
  return issues.map(({ rule, location }) => `${rule} ${location}`);
}

function toBytes(body: Uint8Array | string | object): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
