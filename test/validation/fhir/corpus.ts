/** The corpus beside the checkout (`../shared/corpora/fhir`), as far as it is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const corpus = join(import.meta.dirname, '../../../../shared/corpora/fhir');

export const corpusPaths = {
  examples: join(corpus, 'r4-examples.ndjson.gz'),
  manifest: join(corpus, 'manifest'),
} as const;

export interface Example {
  readonly file: string;
  /** The resource, as JSON. */
  readonly body: string;
}

export function officialExamples(): readonly Example[] {
  const lines = gunzipSync(readFileSync(corpusPaths.examples)).toString().split('\n').filter(Boolean);
  return lines.map((line) => ({
    file: /"file":"([^"]*)"/.exec(line)?.[1] ?? '',
    body: line.slice(line.indexOf('"resource":{') + 11, -1),
  }));
}

export interface ManifestCase {
  readonly file: string;
  readonly kind: string;
  readonly body: Buffer;
  readonly valid: boolean;
}

/** Those of which a verdict is owed. */
export function manifestCases(): readonly ManifestCase[] {
  const verdicts = JSON.parse(readFileSync(join(corpusPaths.manifest, 'verdicts.json'), 'utf8')) as readonly {
    readonly file: string;
    readonly verdict: string;
  }[];
  return verdicts
    .filter(({ verdict }) => verdict !== 'needs-terminology-or-extensions')
    .map(({ file, verdict }) => ({ path: join(corpusPaths.manifest, file), file, verdict }))
    .filter(({ path }) => existsSync(path))
    .map(({ path, file, verdict }) => ({
      file,
      kind: verdict,
      body: readFileSync(path),
      valid: verdict === 'valid',
    }));
}
