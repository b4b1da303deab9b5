/** The built-in synthetic payloads: for each format several good ones, and one bad one per kind of defect. */
import { readFileSync } from 'node:fs';
import { formats, type Format } from '../messages/envelope.ts';

export interface Sample {
  /** Unique: `hl7v2-adt-a01`. */
  readonly name: string;
  readonly format: Format;
  /** What a sender would put into Content-Type. */
  readonly contentType: string;
  /** False for a payload with a defect. */
  readonly valid: boolean;
  readonly title: string;
  /** The rules that find its defect; empty for a good one. */
  readonly rules: readonly string[];
  /** Where its bytes lie. */
  readonly file: URL;
}

/** All of them, format by format; each format's manifest gives its order. */
export function listSamples(): readonly Sample[] {
  return formats.flatMap(samplesOf);
}

export function findSample(name: string): Sample | undefined {
  return listSamples().find((sample) => sample.name === name);
}

/** The payload, byte for byte. */
export function readSample(sample: Sample): Buffer<ArrayBuffer> {
  return readFileSync(sample.file);
}

function samplesOf(format: Format): Sample[] {
  const folder = new URL(`${format}/`, import.meta.url);
  // The manifest is written beside its payloads and tested with them: its shape is not checked at run time.
  const manifest = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as (Omit<
    Sample,
    'format' | 'file'
  > & { readonly file: string })[];
  return manifest.map((entry) => ({ ...entry, format, file: new URL(entry.file, folder) }));
}
