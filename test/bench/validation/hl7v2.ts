/** HL7 v2: mutants found, false alarms on real messages, hostile inputs survived, and messages a second on one core. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { hl7v2Engine } from '../../../src/validation/hl7v2/index.ts';
import { judge } from '../../../src/validation/judge.ts';
import { findMutants } from '../../validation/hl7v2/mutants/index.ts';
import { seeds, textOf } from '../../validation/hl7v2/mutants/seeds.ts';
import { verdictOf } from '../../validation/hl7v2/support.ts';
import { type BenchResult, median, result } from '../result.ts';
import { fuzzInParts } from './fuzzing.ts';

const EACH = 100;
const FOUND_GOAL = 98;
const ALARM_GOAL = 5;
const FUZZ_PARTS = 50;
const FUZZ_INPUTS = 100_000;
const HANG_MS = 1000;
const ROUNDS = 5;
const ROUND_MS = 700;
const ADT_GOAL = 30_000;
const ORU_GOAL = 800;

/** Messages with the verdicts of HAPI, beside the project where there is one. */
const corpus = new URL('../../../../shared/corpora/hl7v2/', import.meta.url);

const line = (
  measure: string,
  value: number,
  unit: string,
  better: BenchResult['better'],
  goal?: number,
): BenchResult => result('validation', `hl7v2 ${measure}`, value, unit, better, goal);

export async function benchHl7v2Validation(): Promise<readonly BenchResult[]> {
  return [...speed(), ...mutants(), ...zSegments(), ...falseAlarms(), ...(await survival())];
}

function mutants(): BenchResult[] {
  return findMutants(EACH).map(({ name, made, found }) =>
    line(`found: ${name}`, (100 * found) / made, '%', 'higher', FOUND_GOAL),
  );
}

const local = 'ZPI|1|any^thing&at|all~X|20261399|-';

/** Findings that a local segment brings, wherever in a seed it stands. */
function zSegments(): BenchResult[] {
  let alarms = 0;
  for (const lines of seeds.values()) {
    const without = findings(textOf(lines));
    for (let row = 1; row <= lines.length; row++)
      alarms += Math.abs(findings(textOf(lines.toSpliced(row, 0, local))) - without);
  }
  return [line('findings on Z segments', alarms, 'count', 'lower', 0)];
}

const findings = (text: string): number =>
  verdictOf(hl7v2Engine, Buffer.from(text, 'latin1'), 'strict').issuesTotal;

interface Verdicts {
  readonly files: Readonly<Record<string, { readonly default: { readonly valid: boolean } }>>;
}

function falseAlarms(): BenchResult[] {
  if (!existsSync(corpus)) {
    process.stderr.write('hl7v2: false alarms are not measured, there is no corpus beside the project.\n');
    return [];
  }
  const { files } = JSON.parse(readFileSync(new URL('verdicts.json', corpus), 'utf8')) as Verdicts;
  const accepted = Object.keys(files).filter((file) => files[file]?.default.valid === true);
  const alarms = accepted.filter(
    (file) => !verdictOf(hl7v2Engine, readFileSync(new URL(file, corpus))).valid,
  );
  const share = (100 * alarms.length) / accepted.length;
  return [line('false alarms on what HAPI accepts', share, '%', 'lower', ALARM_GOAL)];
}

/** Crashes and hangs over the corpus and over mutated inputs. */
async function survival(): Promise<BenchResult[]> {
  const { inputs, crashes, slowestMs } = await fuzzInParts(
    { format: 'hl7v2', inputs: FUZZ_INPUTS },
    FUZZ_PARTS,
  );
  return [
    line('mutated inputs', inputs, 'count', 'higher', 5_000_000),
    line('crashes', crashes + corpusHarm(), 'count', 'lower', 0),
    line('slowest mutated input, of the processor', slowestMs, 'ms', 'lower', HANG_MS),
  ];
}

function corpusHarm(): number {
  if (!existsSync(corpus)) return 0;
  const files = readdirSync(corpus, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.hl7'),
  );
  return files.filter((file) => {
    try {
      verdictOf(hl7v2Engine, readFileSync(new URL(file, corpus)), 'strict');
      return false;
    } catch {
      return true;
    }
  }).length;
}

function speed(): BenchResult[] {
  return [
    line('ADT of 1 KB', rateOf(admission()), '1/s', 'higher', ADT_GOAL),
    line('ORU of 50 KB', rateOf(report(50_000)), '1/s', 'higher', ORU_GOAL),
  ];
}

/** The sample of an admission with notes, to 1 KB. */
function admission(): Buffer {
  const sample = readFileSync(new URL('../../../src/samples/hl7v2/adt-a01.hl7', import.meta.url), 'utf8');
  const insurance = 'IN2|||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||S70||20260101\r';
  return Buffer.from(sample + insurance);
}

function report(size: number): Buffer {
  const lines = [...(seeds.get('ORU_R01 2.5.1') ?? [])].slice(0, 5);
  let [text, ordinal] = [textOf(lines), 1];
  while (text.length < size)
    text += `OBX|${ordinal++}|NM|718-7^Haemoglobin^LN||13.5|g/dL|12-16|N|||F|||20260410080000\r`;
  return Buffer.from(text);
}

/** Per second of the processor's time, which other work on the machine does not lengthen. */
function rateOf(bytes: Buffer): number {
  const levels = new Map(hl7v2Engine.rules.map(({ id, levels }) => [id, levels.standard]));
  const rates = Array.from({ length: ROUNDS + 1 }, () => {
    const [begun, before] = [performance.now(), process.cpuUsage()];
    let count = 0;
    for (; performance.now() - begun < ROUND_MS; count++)
      judge(hl7v2Engine, { bytes, size: bytes.length }, levels);
    const { user, system } = process.cpuUsage(before);
    return (count * 1e6) / (user + system);
  });
  // The first round warms up.
  return median(rates.slice(1));
}
