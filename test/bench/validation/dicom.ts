/**
 * Validation of DICOM: how well it agrees with dciodvfy, how fast it is on one core, and that nothing makes it throw or
 * hang. The agreement, and most of the files, need the corpus beside the checkout; dciodvfy's own speed needs dciodvfy.
 *
 * All five million mutations take some ten minutes. `HEALTHOS_MUTATIONS=1000000-2000000` examines a part of them.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPayloadHead } from '../../../src/cli/payloads.ts';
import { encodeFile } from '../../../src/samples/dicom/encode.ts';
import { ct, put } from '../../../src/samples/dicom/objects.ts';
import { listSamples, readSample } from '../../../src/samples/index.ts';
import { bytesWanted } from '../../../src/validation/dicom/head.ts';
import { examine } from '../../validation/dicom/examine.ts';
import { examineMutations } from '../../validation/dicom/mutations.ts';
import {
  agreement,
  all,
  corpus,
  readReference,
  references,
  unconditional,
} from '../../validation/dicom/reference.ts';
import type { BenchResult } from '../result.ts';
import { median, result } from '../result.ts';
import { mutationsWanted } from './mutations.ts';

const ROUNDS = 5;
const ROUND_MS = 1000;
const LARGE_BYTES = 300 * 1024 * 1024;
const TRUNCATED_FILES = 50;
const MUTATIONS = 5_000_000;

export async function benchDicomValidation(): Promise<readonly BenchResult[]> {
  return [...agreements(), ...speed(), await large(), ...truncations(), mutations()];
}

function line(measure: string, value: number, unit: string, better: BenchResult['better'], goal?: number) {
  return result('validation', `DICOM: ${measure}`, value, unit, better, goal);
}

function agreements(): readonly BenchResult[] {
  if (references().length === 0) return [];
  return [unconditional, all].flatMap((findings) => {
    const { precision, recall } = agreement(findings);
    return [
      line(`${findings.title}, precision`, precision, 'ratio', 'higher', 0.98),
      line(`${findings.title}, recall`, recall, 'ratio', 'higher', 0.98),
    ];
  });
}

function files(): readonly Buffer[] {
  const found = references().map(readReference);
  return found.length > 0
    ? found
    : listSamples()
        .filter(({ format }) => format === 'dicom')
        .map(readSample);
}

function speed(): readonly BenchResult[] {
  const each = files();
  const rates = Array.from({ length: ROUNDS }, () => rateOf(each));
  const ours = line('files validated, one core', median(rates), '1/s', 'higher', 8000);
  const peer = peerRate();
  return peer === null ? [ours] : [ours, line('files validated by dciodvfy', peer, '1/s', 'higher')];
}

/** Per second of the processor's time, which other work on the machine does not lengthen. */
function rateOf(each: readonly Buffer[]): number {
  const [start, before] = [performance.now(), process.cpuUsage()];
  let count = 0;
  while (performance.now() - start < ROUND_MS) {
    for (const bytes of each) examine(bytes, 'standard');
    count += each.length;
  }
  const { user, system } = process.cpuUsage(before);
  return (count * 1e6) / (user + system);
}

/** A process a file, as it works; null where it is not installed. */
function peerRate(): number | null {
  const named = references().slice(0, 50);
  const start = performance.now();
  for (const { file } of named) if (!runPeer(join(corpus, file))) return null;
  return named.length === 0 ? null : (named.length * 1000) / (performance.now() - start);
}

/** False where there is no such program; its exit status tells of the file. */
function runPeer(file: string): boolean {
  try {
    execFileSync('dciodvfy', [file], { stdio: 'ignore' });
  } catch (thrown) {
    return !(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT');
  }
  return true;
}

/** From opening the file to the verdict. */
async function large(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'healthos-bench-'));
  try {
    const file = join(folder, 'large.dcm');
    writeLarge(file);
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const start = performance.now();
      const { bytes, size } = await readPayloadHead(file, bytesWanted);
      examine(bytes, 'standard', size);
      times.push(performance.now() - start);
    }
    return line('a file of 300 MB', median(times), 'ms', 'lower', 50);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The pixels are a hole in the file. */
function writeLarge(file: string): void {
  const head = encodeFile(put(ct(), '7fe00010', 'OW', Buffer.alloc(0)), {});
  head.writeUInt32LE(LARGE_BYTES, head.length - 4);
  writeFileSync(file, head);
  truncateSync(file, head.length + LARGE_BYTES);
}

function truncations(): readonly BenchResult[] {
  const sizes = new Map(files().map((bytes) => [bytes.length, bytes]));
  const smallest = [...sizes.values()]
    .toSorted((one, other) => one.length - other.length)
    .slice(0, TRUNCATED_FILES);
  let thrown = 0;
  let slowest = 0;
  for (const whole of smallest) {
    for (let length = 0; length < whole.length; length += 1) {
      const start = performance.now();
      thrown += throws(whole.subarray(0, length)) ? 1 : 0;
      slowest = Math.max(slowest, performance.now() - start);
    }
  }
  return [
    line(`crashes, ${smallest.length} files cut off at every offset`, thrown, 'count', 'lower', 0),
    line('the slowest of these', slowest, 'ms', 'lower', 1000),
  ];
}

function throws(bytes: Buffer): boolean {
  try {
    examine(bytes);
    return false;
  } catch {
    return true;
  }
}

function mutations(): BenchResult {
  const [from, to] = mutationsWanted(MUTATIONS);
  const thrown = examineMutations(from, to);
  return line(`crashes in ${to - from} mutated files`, thrown.length, 'count', 'lower', 0);
}
