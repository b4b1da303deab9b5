/** Inputs that nobody would send: seeds and samples with bytes changed, left out, doubled, and cut, in numbered parts. */
import { hl7v2Engine } from '../../../src/validation/hl7v2/index.ts';
import type { Level } from '../../../src/validation/issue.ts';
import { judge } from '../../../src/validation/judge.ts';
import { Random } from './mutants/random.ts';
import { seeds, textOf } from './mutants/seeds.ts';
import { processorMs } from '../processor-time.ts';
import { samplesOf } from './support.ts';

export interface FuzzResult {
  readonly inputs: number;
  readonly crashes: number;
  /** The most of the processor's time that one input took, in milliseconds. */
  readonly slowestMs: number;
}

/** What mutation puts in most: what means something to the engine. */
const meaningful = Buffer.from('|^~\\&\r\n#"MSHZ\u0000\u001b\u00ff019', 'latin1');

/** Examines so many inputs, always the same ones for a part. */
export function fuzz(part: number, inputs: number): FuzzResult {
  const originals = [
    ...[...seeds.values()].map((lines) => Buffer.from(textOf(lines), 'latin1')),
    ...samplesOf('hl7v2').map(({ bytes }) => bytes),
  ];
  const random = new Random(part * 7919 + 1);
  const levels = new Map(hl7v2Engine.rules.map(({ id, levels }) => [id, levels.strict]));
  let [crashes, slowestMs] = [0, 0];
  for (let i = 0; i < inputs; i++) {
    const bytes = mutated(originals[random.below(originals.length)] ?? Buffer.alloc(0), random);
    try {
      slowestMs = Math.max(slowestMs, timeOf(bytes, levels));
    } catch {
      crashes++;
    }
  }
  return { inputs, crashes, slowestMs };
}

const timeOf = (bytes: Buffer, levels: ReadonlyMap<string, Level>): number =>
  processorMs(() => judge(hl7v2Engine, { bytes, size: bytes.length }, levels));

function mutated(original: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(original);
  for (let changes = 1 + random.below(8); changes > 0; changes--) change(bytes, random);
  return random.below(8) === 0 ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
}

function change(bytes: Buffer, random: Random): void {
  const at = random.below(bytes.length);
  switch (random.below(4)) {
    case 0:
      bytes[at] = random.below(256);
      break;
    case 1:
      bytes[at] = meaningful[random.below(meaningful.length)] ?? 0;
      break;
    case 2:
      bytes.copyWithin(at, at + random.below(20));
      break;
    default:
      bytes.copyWithin(at + random.below(20), at, at + random.below(60));
  }
}
