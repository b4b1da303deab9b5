/**
 * Makes the tables of X12: `node src/validation/x12/generate-tables.ts --source DIR --pyx12 DIR`. The first folder holds
 * pyx12's maps of 005010 (`maps/*.xml`) and LinuxForHealth's models as JSON Schema (`transaction-models.json`), the second
 * is the folder `map` of the pyx12 4.0.0 package (PyPI), for those of 004010. Facts only are carried over: loops, segments
 * and elements with their usage, number, data type, length and codes.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { parseArgs } from 'node:util';
import { category, inquiry, noted, response, status, type Amendment } from './generate/amendments.ts';
import { CodeSets } from './generate/code-sets.ts';
import { notationOf, type LoopFact, type NodeFact } from './generate/facts.ts';
import { readModel, type Models } from './generate/from-linuxforhealth.ts';
import { elementDictionary, externalCodes, readMap, usesReference } from './generate/from-pyx12.ts';
import { segmentDictionary, withoutCodes, type SegmentDictionary } from './generate/segment-dictionary.ts';
import type { ExternalCodesTable, SegmentsTable } from './dictionary.ts';
import type { IndexTable, LoopRow, MapTable, NodeRow } from './map.ts';

interface Recipe {
  readonly table: string;
  readonly transaction: string;
  /** The functional identifier, GS01. */
  readonly group: string;
  /** GS08 and ST03: those that share the map; behind a blank, the purpose (BHT02) where it decides. */
  readonly versions: readonly string[];
  readonly from: { readonly newer: string } | { readonly older: string } | { readonly model: string };
  readonly amend?: Amendment;
}

const common = (
  table: string,
  group: string,
  versions: string,
): Pick<Recipe, 'table' | 'transaction' | 'group' | 'versions'> => ({
  ...{ table, transaction: table.slice(0, 3), group, versions: versions.split(',') },
});

const newer = (table: string, group: string, versions: string, file: string, amend?: Amendment): Recipe => ({
  ...common(table, group, versions),
  from: { newer: file },
  ...(amend === undefined ? {} : { amend }),
});

const older = (table: string, group: string, versions: string, file: string): Recipe => ({
  ...common(table, group, versions),
  from: { older: file },
  amend: noted,
});

const model = (table: string, group: string, versions: string, name: string, amend?: Amendment): Recipe => ({
  ...common(table, group, versions),
  from: { model: name },
  ...(amend === undefined ? {} : { amend }),
});

const recipes: readonly Recipe[] = [
  model('270', 'HS', '005010X279A1,005010X279', 'x12_270_005010X279A1', inquiry),
  model('271', 'HB', '005010X279A1,005010X279', 'x12_271_005010X279A1', response),
  model('276', 'HR', '005010X212', 'x12_276_005010X212'),
  model('277', 'HN', '005010X212', 'x12_277_005010X212', status),
  newer('277ca', 'HN', '005010X214', '277.5010.X214.xml', category),
  newer('820', 'RA', '005010X218', '820.5010.X218.xml'),
  newer('834', 'BE', '005010X220A1,005010X220', '834.5010.X220.A1.xml'),
  newer('835', 'HP', '005010X221A1,005010X221', '835.5010.X221.A1.xml'),
  newer('837p', 'HC', '005010X222A1,005010X222', '837.5010.X222.A1.xml'),
  newer('837i', 'HC', '005010X223A2,005010X223A1,005010X223', '837Q3.I.5010.X223.A1.xml'),
  newer('999', 'FA', '005010X231A1', '999.5010X231.A1.xml'),
  newer('999x231', 'FA', '005010X231', '999.5010.xml'),
  model('837p-x222a2', 'HC', '005010X222A2', 'x12_837_005010X222A2'),
  model('837i-x223a3', 'HC', '005010X223A3', 'x12_837_005010X223A3'),
  older('270-4010', 'HS', '004010X092A1,004010X092', '270.4010.X092.A1.xml'),
  older('271-4010', 'HB', '004010X092A1,004010X092', '271.4010.X092.A1.xml'),
  older('276-4010', 'HR', '004010X093A1,004010X093', '276.4010.X093.A1.xml'),
  older('277-4010', 'HN', '004010X093A1,004010X093', '277.4010.X093.A1.xml'),
  older('277u-4010', 'HN', '004010X070', '277U.4010.X070.xml'),
  older('278-4010-request', 'HI', '004010X094A1 13,004010X094 13', '278.4010.X094.A1.xml'),
  older('278-4010-response', 'HI', '004010X094A1 11,004010X094 11', '278.4010.X094.27.A1.xml'),
  older('820-4010', 'RA', '004010X061A1,004010X061', '820.4010.X061.A1.xml'),
  older('834-4010', 'BE', '004010X095A1,004010X095', '834.4010.X095.A1.xml'),
  older('835-4010', 'HP', '004010X091A1,004010X091', '835.4010.X091.A1.xml'),
  older('837p-4010', 'HC', '004010X098A1,004010X098', '837.4010.X098.A1.xml'),
  older('837i-4010', 'HC', '004010X096A1,004010X096', '837.4010.X096.A1.xml'),
  older('837d-4010', 'HC', '004010X097A1,004010X097', '837.4010.X097.A1.xml'),
  older('997-4010', 'FA', '004010', '997.4010.xml'),
];

/** Maps that say enough of their segments, and too little of the order of their loops. */
const dictionaryOnly = ['277.5010.X212.xml'];

/** Transactions of health care for which there is no map here, and the versions that are only known by name. */
const known = {
  transactions: { '278': 'HI', '997': 'FA', '999': 'FA' },
  versions: '004010,005010,005010X217,005010X224A2,005010X224A1,005010X224,005010X228,005010X230'.split(','),
};

const sources = {
  newer: 'pyx12 (BSD, John Holland): map',
  older: 'pyx12 4.0.0 (BSD, John Holland; PyPI): map',
  model: 'LinuxForHealth/x12 (Apache-2.0): model, as JSON Schema,',
};

interface Folders {
  readonly source: string;
  readonly pyx12: string;
}

function main(): void {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: { source: { type: 'string' }, pyx12: { type: 'string' } },
  });
  const { source, pyx12 } = values;
  if (source === undefined || pyx12 === undefined) {
    throw new Error('Say where the maps and models are: --source DIR --pyx12 DIR');
  }
  generate({ source, pyx12 });
}

function generate(folders: Folders): void {
  const read = (...path: readonly string[]): string => readFileSync(join(...path), 'utf8');
  const elements = elementDictionary(read(folders.source, 'maps', 'dataele.xml'));
  const models = JSON.parse(read(folders.source, 'transaction-models.json')) as Models;
  const textOf = (from: Recipe['from']): string =>
    'older' in from
      ? read(folders.pyx12, from.older)
      : read(folders.source, 'maps', 'newer' in from ? from.newer : '');
  const mapped = recipes.filter(({ from }) => !('model' in from));
  const maps = new Map(mapped.map((recipe) => [recipe, readMap(textOf(recipe.from), elements)]));
  const known = dictionaryOnly.map((name) => readMap(textOf({ newer: name }), elements));
  const dictionary = dictionaryOf(maps, known);
  mkdirSync(new URL('tables/', import.meta.url), { recursive: true });
  for (const recipe of recipes) {
    const { from, amend } = recipe;
    const modelled = 'model' in from ? readModel(models, from.model, dictionary) : maps.get(recipe);
    if (modelled !== undefined)
      write(recipe.table, mapTable(recipe, amend?.(modelled, dictionary) ?? modelled));
  }
  write('segments', segmentsTable(dictionary));
  write('external-codes', externalCodesTable(read(folders.source, 'maps', 'codes.xml')));
  write('index', indexTable(mapped.filter(({ from }) => !usesReference(textOf(from)))));
}

function dictionaryOf(maps: ReadonlyMap<Recipe, LoopFact>, known: readonly LoopFact[]): SegmentDictionary {
  const ofKind = (kind: 'newer' | 'older'): LoopFact[] =>
    [...maps].filter(([{ from }]) => kind in from).map(([, loop]) => loop);
  return segmentDictionary([...ofKind('newer'), ...known], ofKind('older'));
}

function mapTable({ transaction, group, versions, from }: Recipe, loop: LoopFact): MapTable {
  const codes = new CodeSets();
  const row = loopRow(loop, codes);
  const [kind, name] = Object.entries(from)[0] ?? ['', ''];
  const source = [`${sources[kind as keyof typeof sources]} ${name}`];
  if (kind === 'model') source.push('pyx12 (BSD, John Holland): data types, lengths and syntax notes');
  return { source, transaction, group, versions, codes: codes.sets, loop: row };
}

function loopRow({ name, usage, most, position, children }: LoopFact, codes: CodeSets): LoopRow {
  return [name, usage, most, position, children.map((child) => nodeRow(child, codes))];
}

function nodeRow(node: NodeFact, codes: CodeSets): NodeRow {
  if (node.kind === 'loop') return loopRow(node, codes);
  const { name, usage, most, position, elements, conditions } = node;
  return [name, usage, most, position, notationOf(elements, codes), conditions.join(' ')];
}

/** Without codes: those of a guide that has no map here are not known. */
function segmentsTable(dictionary: SegmentDictionary): SegmentsTable {
  const codes = new CodeSets();
  const rows = [...dictionary.values()].map(({ name, elements, conditions }): [string, [string, string]] => [
    name,
    [notationOf(elements.map(withoutCodes), codes), conditions.join(' ')],
  ]);
  const source = [
    'pyx12 (BSD, John Holland): what its maps have in common, and its element dictionary',
    sources.older.replace(': map', ': segments that only its maps of 004010 have'),
  ];
  return { source, segments: Object.fromEntries(rows) };
}

function externalCodesTable(xml: string): ExternalCodesTable {
  return { source: ['pyx12 (BSD, John Holland): codes.xml'], sets: externalCodes(xml) };
}

const keysOf = ({ transaction, versions }: Recipe): string[] =>
  versions.map((version) => `${transaction} ${version}`);

function indexTable(unreferenced: readonly Recipe[]): IndexTable {
  const rows = recipes.flatMap((recipe) =>
    keysOf(recipe).map((key): [string, string] => [key, recipe.table]),
  );
  const groups = recipes.map(({ transaction, group }): [string, string] => [transaction, group]);
  const versions = recipes.flatMap((recipe) =>
    recipe.versions.map((version) => version.split(' ', 1)[0] ?? ''),
  );
  return {
    source: [`${sources.newer}s.xml`, `${sources.older}s.xml`, `${sources.model} titles`],
    maps: Object.fromEntries(rows),
    unreferenced: unreferenced.flatMap(keysOf),
    groups: { ...Object.fromEntries(groups), ...known.transactions },
    versions: [...new Set([...versions, ...known.versions])].sort(),
  };
}

function write(name: string, table: { readonly source: readonly string[] }): void {
  writeFileSync(new URL(`tables/${name}.json`, import.meta.url), `${JSON.stringify(table)}\n`);
}

main();
