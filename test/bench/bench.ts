/**
 * `npm run bench [NAME]`: runs the benches, prints their figures, and writes `bench-results.json`. Exit status 1 where a
 * goal is missed. Figures of one run are compared with each other only: a ratio holds on any machine, a rate on none.
 */
import { writeFileSync } from 'node:fs';
import { benchBrokers } from './brokers.ts';
import { benchBus } from './bus.ts';
import { benchDicom } from './dicom.ts';
import { benchIngest } from './ingest.ts';
import { benchMllp } from './mllp.ts';
import type { BenchResult } from './result.ts';
import { benchValidation } from './validation.ts';

const benches: Readonly<Record<string, () => Promise<readonly BenchResult[]>>> = {
  bus: benchBus,
  ingest: benchIngest,
  mllp: benchMllp,
  brokers: benchBrokers,
  validation: benchValidation,
  dicom: benchDicom,
};

function chosen(name: string | undefined): readonly string[] {
  if (name === undefined) return Object.keys(benches);
  if (name in benches) return [name];
  process.stderr.write(`There is no bench '${name}'. There are: ${Object.keys(benches).join(', ')}.\n`);
  process.exit(2);
}

function line({ bench, measure, value, unit, goal, better, holds }: BenchResult): string {
  const aim =
    goal === null ? '' : `  goal ${better === 'higher' ? '≥' : '≤'} ${goal}  ${holds ? 'holds' : 'MISSED'}`;
  return `${bench.padEnd(11)}${measure.padEnd(40)}${String(value).padStart(12)} ${unit.padEnd(8)}${aim}\n`;
}

const results: BenchResult[] = [];
for (const name of chosen(process.argv[2])) results.push(...((await benches[name]?.()) ?? []));
for (const one of results) process.stdout.write(line(one));
writeFileSync('bench-results.json', `${JSON.stringify(results, null, 1)}\n`);
process.exitCode = results.every((one) => one.holds) ? 0 : 1;
