/**
 * FHIR: agreement with HL7's validator, mutants found, damaged inputs survived, and resources a second on one core.
 *
 * All six million damaged inputs take some fifteen minutes of one core. `HEALTHOS_MUTATIONS=1000000-2000000` examines a
 * part of them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findSample, listSamples, readSample } from '../../../src/samples/index.ts';
import { corpusPaths, manifestCases, officialExamples } from '../../validation/fhir/corpus.ts';
import { examine } from '../../validation/fhir/examine.ts';
import { fuzz, type Survival, truncations } from '../../validation/fhir/fuzz.ts';
import { mutants } from '../../validation/fhir/mutants/generate.ts';
import { type BenchResult, median, result } from '../result.ts';
import { mutationsWanted } from './mutations.ts';

const EACH = 200;
const FOUND_GOAL = 99;
const ROUNDS = 5;
const ROUND_MS = 700;
const PATIENT_BYTES = 3700;
const PATIENT_GOAL = 8000;
const BUNDLE_ENTRIES = 100;
const BUNDLE_GOAL = 100;
const LOAD_GOAL_MS = 1000;
const MEMORY_GOAL_MB = 150;
const FUZZ_JSON = 5_000_000;
const FUZZ_XML = 1_000_000;
const FUZZ_PART = 250_000;
const CUT_OFF_FILES = 50;
const HANG_MS = 1000;

const line = (
  measure: string,
  value: number,
  unit: string,
  better: BenchResult['better'],
  goal?: number,
): BenchResult => result('validation', `fhir ${measure}`, value, unit, better, goal);

export function benchFhirValidation(): Promise<readonly BenchResult[]> {
  return Promise.resolve([...speed(), ...start(), ...agreement(), ...found(), ...survival()]);
}

const samples = listSamples().filter(({ format }) => format === 'fhir');
const valid = samples.filter((sample) => sample.valid && sample.file.href.endsWith('.json'));
const resources = valid.map((sample) => JSON.parse(readSample(sample).toString()) as Record<string, unknown>);

function speed(): BenchResult[] {
  return [
    line(`Patient of ${PATIENT_BYTES} bytes`, perSecond(patient()), '1/s', 'higher', PATIENT_GOAL),
    line(`Bundle of ${BUNDLE_ENTRIES} entries`, perSecond(bundle()), '1/s', 'higher', BUNDLE_GOAL),
    line('Patient in XML', perSecond(sampleBytes('fhir-patient-xml')), '1/s', 'higher'),
  ];
}

function sampleBytes(name: string): Buffer {
  const sample = findSample(name);
  if (sample === undefined) throw new Error(`There is no sample ${name}.`);
  return readSample(sample);
}

/** The sample, with as many identifiers as it takes. */
function patient(): Buffer {
  const body = JSON.parse(sampleBytes('fhir-patient').toString()) as { identifier?: object[] };
  for (let i = 0; JSON.stringify(body).length < PATIENT_BYTES; i += 1) {
    body.identifier = [...(body.identifier ?? []), { system: `urn:oid:1.2.276.0.76.${i}`, value: `P-${i}` }];
  }
  return Buffer.from(JSON.stringify(body));
}

/** Of all kinds of resources that the samples have, in turn. */
function bundle(): Buffer {
  const some = resources.filter(({ resourceType }) => resourceType !== 'Bundle');
  const entry = Array.from({ length: BUNDLE_ENTRIES }, (_, i) => {
    const resource = { ...some[i % some.length], id: `r-${i}` } as Record<string, unknown>;
    return { fullUrl: `http://example.org/fhir/${String(resource['resourceType'])}/r-${i}`, resource };
  });
  return Buffer.from(JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }));
}

function perSecond(body: Buffer): number {
  if (!examine(body, 'standard').valid) throw new Error('What is measured has to be valid.');
  round(body);
  return median(Array.from({ length: ROUNDS }, () => round(body)));
}

/** Per second of the processor's time, which other work on the machine does not lengthen. */
function round(body: Buffer): number {
  const [begun, before] = [performance.now(), process.cpuUsage()];
  let count = 0;
  while (performance.now() - begun < ROUND_MS) {
    examine(body, 'standard');
    count += 1;
  }
  const { user, system } = process.cpuUsage(before);
  return (count * 1e6) / (user + system);
}

/** In a process of its own: until the first verdict, and the memory once all samples have been seen. */
function start(): BenchResult[] {
  const script = fileURLToPath(new URL('fhir-start.ts', import.meta.url));
  const { stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  const { ms, usCoreMs, mb } = JSON.parse(stdout) as { ms: number; usCoreMs: number; mb: number };
  return [
    line('load, until the first verdict', ms, 'ms', 'lower', LOAD_GOAL_MS),
    line('load of US Core', usCoreMs, 'ms', 'lower', LOAD_GOAL_MS),
    line('memory of the process', mb, 'MB', 'lower', MEMORY_GOAL_MB),
  ];
}

/** Where the corpus lies beside the project. */
function agreement(): BenchResult[] {
  if (!existsSync(corpusPaths.manifest)) return [];
  const cases = manifestCases().map((one) => ({ ...one, agrees: examine(one.body).valid === one.valid }));
  const share = (chosen: typeof cases) =>
    (100 * chosen.filter(({ agrees }) => agrees).length) / chosen.length;
  const isOfBundles = ({ kind }: { kind: string }) => kind === 'invalid-bundle-or-reference';
  const examples = officialExamples();
  const flagged = examples.filter(({ body }) => !examine(body).valid).length;
  return [
    line('manifest: valid and invalid', share(cases.filter((one) => !isOfBundles(one))), '%', 'higher', 98.5),
    line('manifest: bundles and references', share(cases.filter(isOfBundles)), '%', 'higher', 90),
    line('official examples with an error', (100 * flagged) / examples.length, '%', 'lower', 0.7),
  ];
}

function found(): BenchResult[] {
  const counts = new Map<string, { made: number; found: number }>();
  for (const { kind, body } of mutants(goodResources(), EACH)) {
    const count = counts.get(kind) ?? { made: 0, found: 0 };
    counts.set(kind, count);
    count.made += 1;
    if (!examine(body).valid) count.found += 1;
  }
  return [...counts].map(([kind, { made, found }]) =>
    line(`found: ${kind}`, (100 * found) / made, '%', 'higher', FOUND_GOAL),
  );
}

/** The official examples, or our samples where they are not at hand. */
function goodResources(): string[] {
  if (!existsSync(corpusPaths.examples)) return resources.map((resource) => JSON.stringify(resource));
  const bodies = officialExamples().map(({ body }) => body);
  return bodies.filter((body) => body.length < 20_000 && examine(body).valid);
}

function survival(): BenchResult[] {
  const cutOff = samples.map(readSample).filter(({ length }) => length < 4000);
  return [
    ...survived('JSON', damaged('json', FUZZ_JSON)),
    ...survived('XML', damaged('xml', FUZZ_XML)),
    ...survived('cut off', [truncations(cutOff.slice(0, CUT_OFF_FILES))]),
  ];
}

/** In parts, so that one sees it go on. */
function* damaged(form: 'json' | 'xml', all: number): Generator<Survival> {
  const [from, to] = mutationsWanted(all);
  for (let at = from; at < to; at += FUZZ_PART) {
    const survival = fuzz(form, at, Math.min(at + FUZZ_PART, to));
    yield survival;
    const { crashed, slowestMs, slowest } = survival;
    const harm = `${crashed.length} crashes ${crashed.slice(0, 5).join(' ')}`;
    process.stderr.write(`fhir ${form} from ${at}: ${harm}, slowest ${slowestMs} ms (${slowest})\n`);
  }
}

function survived(what: string, parts: Iterable<Survival>): BenchResult[] {
  let [inputs, crashes, slowestMs] = [0, 0, 0];
  for (const part of parts) {
    inputs += part.inputs;
    crashes += part.crashed.length;
    slowestMs = Math.max(slowestMs, part.slowestMs);
  }
  return [
    line(`damaged inputs, ${what}`, inputs, 'count', 'higher'),
    line(`crashes, ${what}`, crashes, 'count', 'lower', 0),
    line(`slowest input, ${what}`, slowestMs, 'ms', 'lower', HANG_MS),
  ];
}
