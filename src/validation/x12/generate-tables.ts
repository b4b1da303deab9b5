/**
 * Makes the tables of X12: `node src/validation/x12/generate-tables.ts --source DIR`, the folder holding pyx12's maps
 * (`maps/*.xml`) and LinuxForHealth's models as JSON Schema (`transaction-models.json`). Facts only are carried over:
 * loops, segments and elements with their usage, number, data type, length and codes.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { parseArgs } from 'node:util';
import { CodeSets } from './generate/code-sets.ts';
import { elementDictionary, readMap } from './generate/from-pyx12.ts';
import { readModel, type Models } from './generate/from-linuxforhealth.ts';
import type { IndexTable, LoopRow, MapTable } from './map.ts';

interface Recipe {
  readonly table: string;
  readonly transaction: string;
  /** The functional identifier, GS01. */
  readonly group: string;
  /** GS08 and ST03: those that share the map. */
  readonly versions: readonly string[];
  readonly from: { readonly pyx12: string } | { readonly model: string };
}

const pyx12 = (table: string, group: string, versions: string, file: string): Recipe => ({
  ...{ table, transaction: table.slice(0, 3), group, versions: versions.split(' ') },
  from: { pyx12: file },
});

const model = (table: string, group: string, versions: string, name: string): Recipe => ({
  ...{ table, transaction: table.slice(0, 3), group, versions: versions.split(' ') },
  from: { model: name },
});

const recipes: readonly Recipe[] = [
  model('270', 'HS', '005010X279A1 005010X279', 'x12_270_005010X279A1'),
  model('271', 'HB', '005010X279A1 005010X279', 'x12_271_005010X279A1'),
  model('276', 'HR', '005010X212', 'x12_276_005010X212'),
  model('277', 'HN', '005010X212', 'x12_277_005010X212'),
  pyx12('277ca', 'HN', '005010X214', '277.5010.X214.xml'),
  pyx12('820', 'RA', '005010X218', '820.5010.X218.xml'),
  pyx12('834', 'BE', '005010X220A1 005010X220', '834.5010.X220.A1.xml'),
  pyx12('835', 'HP', '005010X221A1 005010X221', '835.5010.X221.A1.xml'),
  pyx12('837p', 'HC', '005010X222A1 005010X222', '837.5010.X222.A1.xml'),
  pyx12('837i', 'HC', '005010X223A2 005010X223A1 005010X223', '837Q3.I.5010.X223.A1.xml'),
  pyx12('999', 'FA', '005010X231A1', '999.5010X231.A1.xml'),
  pyx12('999x231', 'FA', '005010X231', '999.5010.xml'),
  model('837p-x222a2', 'HC', '005010X222A2', 'x12_837_005010X222A2'),
  model('837i-x223a3', 'HC', '005010X223A3', 'x12_837_005010X223A3'),
  model('837p-4010', 'HC', '004010X098A1 004010X098', 'x12_837_004010X098A1'),
  model('837i-4010', 'HC', '004010X096A1 004010X096', 'x12_837_004010X096A1'),
];

/** Transactions of health care for which there is no map here, and the versions that are only known by name. */
const known = {
  transactions: { '278': 'HI', '997': 'FA' },
  versions: (
    '004010 005010 004010X061A1 004010X070 004010X091A1 004010X092A1 004010X093A1 004010X094A1 004010X095A1 ' +
    '004010X097A1 005010X214 005010X217 005010X224A2 005010X228 005010X230'
  ).split(' '),
};

const sources = {
  pyx12: 'pyx12 (BSD, John Holland): map',
  model: 'LinuxForHealth/x12 (Apache-2.0): model, as JSON Schema,',
};

function main(): void {
  const { values } = parseArgs({ args: argv.slice(2), options: { source: { type: 'string' } } });
  if (values.source === undefined) throw new Error('Say where the maps and models are: --source DIR');
  const folder = values.source;
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const elements = elementDictionary(read('maps/dataele.xml'));
  const models = JSON.parse(read('transaction-models.json')) as Models;
  mkdirSync(new URL('tables/', import.meta.url), { recursive: true });
  for (const recipe of recipes) {
    const codes = new CodeSets();
    const loop =
      'pyx12' in recipe.from
        ? readMap(read(`maps/${recipe.from.pyx12}`), elements, codes)
        : readModel(models, recipe.from.model, codes);
    write(recipe.table, mapTable(recipe, loop, codes));
  }
  write('index', indexTable());
}

function mapTable({ transaction, group, versions, from }: Recipe, loop: LoopRow, codes: CodeSets): MapTable {
  const source = 'pyx12' in from ? `${sources.pyx12} ${from.pyx12}` : `${sources.model} ${from.model}`;
  return { source: [source], transaction, group, versions, codes: codes.sets, loop };
}

function indexTable(): IndexTable {
  const rows = recipes.flatMap(({ table, transaction, versions }) =>
    versions.map((version): [string, string] => [`${transaction} ${version}`, table]),
  );
  const groups = recipes.map(({ transaction, group }): [string, string] => [transaction, group]);
  const versions = new Set([...recipes.flatMap((recipe) => recipe.versions), ...known.versions]);
  return {
    source: [`${sources.pyx12}s.xml`, `${sources.model} titles`],
    maps: Object.fromEntries(rows),
    groups: { ...Object.fromEntries(groups), ...known.transactions },
    versions: [...versions].sort(),
  };
}

function write(name: string, table: MapTable | IndexTable): void {
  writeFileSync(new URL(`tables/${name}.json`, import.meta.url), `${JSON.stringify(table)}\n`);
}

main();
