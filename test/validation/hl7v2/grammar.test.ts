import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import type { VersionTable } from '../../../src/validation/hl7v2/dictionary.ts';
import { Grammar, START } from '../../../src/validation/hl7v2/grammar.ts';
import { Random } from './mutants/random.ts';
import { orderOf } from './mutants/standard.ts';

const folder = new URL('../../../src/validation/hl7v2/tables/', import.meta.url);
const tables = readdirSync(folder)
  .filter((file) => file !== 'index.json')
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as VersionTable);

/** What the walk finds: segments without a place, and what is missing. */
function walk(grammar: Grammar, names: readonly string[]): number {
  let stand = START;
  let found = 0;
  for (const name of names) {
    const step = grammar.step(stand, name);
    found += step?.missing.length ?? 1;
    stand = step?.stand ?? stand;
  }
  return found + grammar.missingAfter(stand).length;
}

interface Group {
  readonly children: (Group | string)[];
  readonly isChoice: boolean;
  suffix: string;
}

function parse(notation: string): Group {
  const root: Group = { children: [], isChoice: false, suffix: '' };
  const open = [root];
  for (const word of notation.split(' ').filter((word) => word !== '')) {
    if (/^[)>]/.test(word)) {
      const closed = open.pop();
      if (closed !== undefined) closed.suffix = word.slice(1);
    } else if (/[(<]$/.test(word)) {
      const group: Group = { children: [], isChoice: word.endsWith('<'), suffix: '' };
      open.at(-1)?.children.push(group);
      open.push(group);
    } else open.at(-1)?.children.push(word);
  }
  return root;
}

/** Segments in an order that the structure allows. */
function generate(particle: Group | string, random: Random, names: string[]): void {
  const suffix = typeof particle === 'string' ? particle.replace(/^\w+/, '') : particle.suffix;
  const least = suffix === '' || suffix === '+' ? 1 : 0;
  const more = suffix === '*' || suffix === '+' ? random.below(2) : suffix === '?' ? random.below(2) : 0;
  for (let times = least + more; times > 0; times--) {
    if (typeof particle === 'string') names.push(particle.slice(0, 3));
    else if (particle.isChoice) generate(random.pick(particle.children) ?? '', random, names);
    else for (const child of particle.children) generate(child, random, names);
  }
}

const MOST = 40;

test('what a structure allows is found to be in order, and what it does not is not, in every version', (t) => {
  const random = new Random(11);
  for (const { version, structures } of tables) {
    for (const [name, notation] of Object.entries(structures)) {
      if (notation.includes('...')) continue;
      const [grammar, order, tree] = [new Grammar(notation), orderOf(notation), parse(notation)];
      for (let round = 0; round < 5; round++) {
        const names: string[] = [];
        generate(tree, random, names);
        if (names.length > MOST) continue;
        if (walk(grammar, names) > 0) t.fail(`${version} ${name}: ${names.join(' ')}`);
        const row = random.below(names.length);
        const changed =
          random.below(2) === 0 ? names.toSpliced(row, 1) : names.toSpliced(row, 0, names[row] ?? '');
        const allowed = order.test(changed.map((each) => `${each};`).join(''));
        if (walk(grammar, changed) > 0 === allowed) t.fail(`${version} ${name}: ${changed.join(' ')}`);
      }
    }
  }
  t.pass();
});
