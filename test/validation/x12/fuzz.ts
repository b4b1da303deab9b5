/** Inputs that nobody would send: samples with bytes and segments changed, left out, doubled, and cut, in numbered parts. */
import { x12Engine } from '../../../src/validation/x12/index.ts';
import { x12Reply } from '../../../src/validation/x12/reply.ts';
import type { Level } from '../../../src/validation/issue.ts';
import { judge } from '../../../src/validation/judge.ts';
import { samplesOf } from '../hl7v2/support.ts';
import { processorMs } from '../processor-time.ts';
import { Random } from './random.ts';

export interface FuzzResult {
  readonly inputs: number;
  readonly crashes: number;
  /** The most of the processor's time that one input took, in milliseconds. */
  readonly slowestMs: number;
}

/** One in so many is answered too. */
const ANSWERED = 50;
const at = new Date('2026-03-14T12:00:00Z');

/** What mutation puts in most: what means something to the engine. */
const meaningful = [
  '*',
  '~',
  ':',
  '^',
  '~\n',
  'ISA*',
  '~GS*',
  '~ST*837*',
  '~HL*',
  '~SE*1*1',
  '\u0000',
  '\u00ff',
  '0',
  'A',
];

/** Examines so many inputs, always the same ones for a part. */
export async function fuzz(part: number, inputs: number): Promise<FuzzResult> {
  const originals = samplesOf('x12').map(({ bytes }) => bytes.toString('latin1'));
  const random = new Random(part * 7919 + 1);
  const levels = new Map(x12Engine.rules.map(({ id, levels: own }) => [id, own.strict]));
  let [crashes, slowestMs] = [0, 0];
  for (let count = 0; count < inputs; count++) {
    const bytes = Buffer.from(mutated(random.of(originals), random, originals), 'latin1');
    try {
      slowestMs = Math.max(slowestMs, timeOf(bytes, levels));
      if (count % ANSWERED === 0) await x12Reply(bytes, judged(bytes, levels), at, () => 1);
    } catch {
      crashes++;
    }
  }
  return { inputs, crashes, slowestMs };
}

const judged = (bytes: Buffer, levels: ReadonlyMap<string, Level>) =>
  judge(x12Engine, { bytes, size: bytes.length }, levels);

const timeOf = (bytes: Buffer, levels: ReadonlyMap<string, Level>): number =>
  processorMs(() => judged(bytes, levels));

function mutated(original: string, random: Random, others: readonly string[]): string {
  let text = original;
  for (let changes = 1 + random.below(6); changes > 0; changes--) text = changed(text, random, others);
  return random.below(8) === 0 ? text.slice(0, random.below(text.length + 1)) : text;
}

function changed(text: string, random: Random, others: readonly string[]): string {
  const from = random.below(text.length + 1);
  switch (random.below(5)) {
    case 0:
      return text.slice(0, from) + random.of(meaningful) + text.slice(from + random.below(4));
    case 1:
      return text.slice(0, from) + text.slice(from + random.below(30));
    case 2:
      return text.slice(0, from) + text.slice(Math.max(0, from - random.below(60)));
    case 3: {
      const other = random.of(others);
      const start = random.below(other.length);
      return text.slice(0, from) + other.slice(start, start + random.below(80)) + text.slice(from);
    }
    default:
      return text.slice(0, from) + String.fromCharCode(random.below(256)) + text.slice(from + 1);
  }
}
