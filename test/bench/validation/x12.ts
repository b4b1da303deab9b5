/** X12: mutants found, agreement with pyx12 and LinuxForHealth, hostile inputs survived, and bytes a second on one core. */
import { x12Engine } from '../../../src/validation/x12/index.ts';
import { judge } from '../../../src/validation/judge.ts';
import { samplesOf, verdictOf } from '../../validation/hl7v2/support.ts';
import { corpus, isInquiry, isValidToLinuxForHealth } from '../../validation/x12/corpus.ts';
import { mutantsOf } from '../../validation/x12/mutants.ts';
import { pyx12Verdicts } from '../../validation/x12/pyx12.ts';
import { variationsOf } from '../../validation/x12/variations.ts';
import { type BenchResult, median, result } from '../result.ts';
import { fuzzInParts } from './fuzzing.ts';

const FOUND_GOAL = 98;
const ENVELOPE_GOAL = 100;
const AGREEMENT_GOAL = 98;
const VARIATIONS = 2000;
const FUZZ_PARTS = 50;
const FUZZ_INPUTS = 100_000;
const HANG_MS = 1000;
const ROUNDS = 5;
const ROUND_MS = 700;
const SPEED_GOAL = 10;

const line = (
  measure: string,
  value: number,
  unit: string,
  better: BenchResult['better'],
  goal?: number,
): BenchResult => result('validation', `x12 ${measure}`, value, unit, better, goal);

export async function benchX12Validation(): Promise<readonly BenchResult[]> {
  return [
    ...(await speed()),
    ...mutants(),
    ...agreement(),
    ...(await agreementOnVariations()),
    ...(await survival()),
  ];
}

/** Good interchanges of which there is a map, ours and pyx12's where it has one. */
const mapped = samplesOf('x12')
  .filter(({ name }) => /^x12-(?:27[0167]|277ca|820|83[45]|837[pi]|837p-4010|999)$/.test(name))
  .map(({ name, bytes }) => ({ name, text: bytes.toString('latin1') }));

const ofEnvelope =
  /^(?:interchange|group|transaction|segment-count|missing|outside|duplicate|version|delimiters)/;

function mutants(): BenchResult[] {
  const all = mapped.flatMap(({ text }) => mutantsOf(text));
  return [...Map.groupBy(all, ({ kind }) => kind)].map(([kind, made]) => {
    const found = made.filter(
      ({ text }) => !verdictOf(x12Engine, Buffer.from(text, 'latin1'), 'strict').valid,
    );
    const goal = ofEnvelope.test(kind) ? ENVELOPE_GOAL : FOUND_GOAL;
    return line(`found: ${kind}`, (100 * found.length) / made.length, '%', 'higher', goal);
  });
}

/** With the verdicts that are kept beside the corpus. */
function agreement(): BenchResult[] {
  const references = corpus();
  if (references === undefined) {
    process.stderr.write('x12: agreement on real interchanges is not measured, there is no corpus.\n');
    return [];
  }
  const outcomes = references.map((reference) => {
    const { valid, issues } = verdictOf(x12Engine, reference.bytes);
    const errors = issues.filter(({ severity }) => severity === 'error').map(({ rule }) => rule);
    return { ...reference, valid, errors };
  });
  const byPyx12 = outcomes.filter(({ pyx12 }) => pyx12 !== null);
  const byModel = outcomes.filter(isInquiry);
  const agreeing = byPyx12.filter(({ pyx12, valid }) => pyx12 === valid);
  const alike = byModel.filter(
    ({ linuxForHealth, errors }) => linuxForHealth === isValidToLinuxForHealth(errors),
  );
  const share = (part: number, whole: number) => (100 * part) / whole;
  return [
    line('as pyx12, corpus', share(agreeing.length, byPyx12.length), '%', 'higher', AGREEMENT_GOAL),
    line(
      'as LinuxForHealth, 270 271 276 277',
      share(alike.length, byModel.length),
      '%',
      'higher',
      AGREEMENT_GOAL,
    ),
  ];
}

/** With pyx12 itself, on interchanges that nobody has seen: what it accepts of them, and what it refuses. */
async function agreementOnVariations(): Promise<BenchResult[]> {
  const good = mapped.filter(({ name }) => !/^x12-27[0167]$/.test(name)).map(({ text }) => text);
  const variations = variationsOf(good, VARIATIONS);
  const theirs = await pyx12Verdicts(variations);
  const judged = variations.flatMap((text, index) => {
    const valid = theirs[index];
    return typeof valid === 'boolean'
      ? [valid === verdictOf(x12Engine, Buffer.from(text, 'latin1')).valid]
      : [];
  });
  const share = (100 * judged.filter(Boolean).length) / judged.length;
  return [line('as pyx12, variations', share, '%', 'higher', AGREEMENT_GOAL)];
}

/** Crashes and hangs over the corpus and over mutated inputs. */
async function survival(): Promise<BenchResult[]> {
  const { inputs, crashes, slowestMs } = await fuzzInParts(
    { format: 'x12', inputs: FUZZ_INPUTS },
    FUZZ_PARTS,
  );
  return [
    line('mutated inputs', inputs, 'count', 'higher', 5_000_000),
    line('crashes', crashes, 'count', 'lower', 0),
    line('slowest mutated input, of the processor', slowestMs, 'ms', 'lower', HANG_MS),
  ];
}

/** Ours per second of the processor's time, which other work on the machine does not lengthen. */
async function speed(): Promise<BenchResult[]> {
  const file = Buffer.from(manyClaims(1_000_000), 'latin1');
  const levels = new Map(x12Engine.rules.map(({ id, levels: own }) => [id, own.standard]));
  const rates = Array.from({ length: ROUNDS + 1 }, () => {
    const [begun, before] = [performance.now(), process.cpuUsage()];
    let bytes = 0;
    for (; performance.now() - begun < ROUND_MS; bytes += file.length) {
      judge(x12Engine, { bytes: file, size: file.length }, levels);
    }
    const { user, system } = process.cpuUsage(before);
    return bytes / (user + system);
  });
  // The first round warms up.
  const ours = median(rates.slice(1));
  const theirs = await pyx12Rate();
  return [
    line('validated, one core', ours, 'MB/s', 'higher', SPEED_GOAL),
    line('validated by pyx12', theirs, 'MB/s', 'higher'),
    line('times as fast as pyx12', ours / theirs, 'times', 'higher'),
  ];
}

/** Its start, and the reading of its map, are taken off: they are paid once. */
async function pyx12Rate(): Promise<number> {
  const some = manyClaims(200_000);
  const one = await timeOf(() => pyx12Verdicts([some]));
  const four = await timeOf(() => pyx12Verdicts([some, some, some, some]));
  return (some.length * 3) / 1000 / (four - one);
}

async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}

/** The claim of a physician, over and over in one transaction set. */
function manyClaims(size: number): string {
  const text = mapped.find(({ name }) => name === 'x12-837p')?.text ?? '';
  const segments = text.split('~\n');
  const from = segments.findIndex((segment) => segment.startsWith('HL*2*'));
  const to = segments.findIndex((segment) => segment.startsWith('SE*'));
  const claim = segments.slice(from, to);
  const claims = Array.from({ length: Math.ceil(size / claim.join('~\n').length) }, (_, index) => [
    `HL*${index + 2}*1*22*0`,
    ...claim.slice(1),
  ]).flat();
  const count = from - segments.findIndex((segment) => segment.startsWith('ST*')) + claims.length + 1;
  return [...segments.slice(0, from), ...claims, `SE*${count}*0001`, ...segments.slice(to + 1)].join('~\n');
}
