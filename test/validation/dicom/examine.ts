/** Runs the DICOM engine under a preset, as the validator does. */
import type { Preset } from '../../../src/validation/engine.ts';
import { dicomEngine } from '../../../src/validation/dicom/index.ts';
import type { Judged } from '../../../src/validation/judge.ts';
import { judge } from '../../../src/validation/judge.ts';

/** `size`: that of the whole body, where the bytes are only its head. */
export function examine(bytes: Uint8Array, preset: Preset = 'strict', size = bytes.length): Judged {
  const levels = new Map(dicomEngine.rules.map(({ id, levels }) => [id, levels[preset]]));
  return judge(dicomEngine, { bytes, size }, levels);
}

/** The rules that found an error, each once. */
export function errorsOf({ issues }: Judged): string[] {
  return [...new Set(issues.filter(({ severity }) => severity === 'error').map(({ rule }) => rule))].sort();
}

/** Each finding as `rule location`. */
export function findings(bytes: Uint8Array): string[] {
  return examine(bytes).issues.map(({ rule, location }) => `${rule} ${location}`);
}
