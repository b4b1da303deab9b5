/** What the tests of the engines of segments share: samples with what their manifest says, and verdicts by preset. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Engine, Preset } from '../../../src/validation/engine.ts';
import { judge, type Judged } from '../../../src/validation/judge.ts';

export interface ManifestEntry {
  readonly name: string;
  readonly file: string;
  readonly valid: boolean;
  /** Rules found as errors under `standard`. */
  readonly rules: readonly string[];
  /** Rules found under `standard` that are no errors there. */
  readonly remarks?: readonly string[];
}

export interface LoadedSample extends ManifestEntry {
  readonly bytes: Buffer<ArrayBuffer>;
}

export function samplesOf(format: 'hl7v2' | 'x12'): readonly LoadedSample[] {
  const folder = new URL(`../../../src/samples/${format}/`, import.meta.url);
  const manifest = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as ManifestEntry[];
  return manifest.map((entry) => ({ ...entry, bytes: readFileSync(new URL(entry.file, folder)) }));
}

export function verdictOf(engine: Engine, bytes: Uint8Array, preset: Preset = 'standard'): Judged {
  const levels = new Map(engine.rules.map((rule) => [rule.id, rule.levels[preset]]));
  return judge(engine, { bytes, size: bytes.byteLength }, levels);
}

/** The rules found, each once, in order: as errors, and otherwise. */
export function rulesOf(verdict: Judged): { errors: string[]; remarks: string[] } {
  const named = (error: boolean): string[] => [
    ...new Set(
      verdict.issues.filter((issue) => (issue.severity === 'error') === error).map((issue) => issue.rule),
    ),
  ];
  return { errors: named(true).sort(), remarks: named(false).sort() };
}

/** A sample with bytes replaced, left out, doubled or put in at some places. */
export function mutated(samples: readonly LoadedSample[]): fc.Arbitrary<Buffer<ArrayBuffer>> {
  const change = fc.record({
    at: fc.nat(4000),
    remove: fc.nat(12),
    insert: fc.oneof(
      fc.constantFrom(
        '\r',
        '\n',
        '|',
        '^',
        '~',
        '\\',
        '&',
        '*',
        ':',
        'MSH|',
        'ISA*',
        '~SE*1*1',
        '\u0000',
        '',
        'FTS|',
      ),
      fc.string({ maxLength: 6 }),
    ),
  });
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(change, { minLength: 1, maxLength: 8 }))
    .map(([sample, changes]) => {
      let text = sample.bytes.toString('latin1');
      for (const { at, remove, insert } of changes) {
        const from = at % (text.length + 1);
        text = text.slice(0, from) + insert + text.slice(from + remove);
      }
      return Buffer.from(text, 'latin1');
    });
}
