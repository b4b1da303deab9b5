/** Finds the lines and columns of elements in XML: where the start tag of each ends. */
import { SaxesParser } from 'saxes';
import type { Place } from '../engine.ts';
import type { Way } from './findings.ts';
import { Wanted } from './wanted.ts';

interface Open {
  readonly node: Wanted | undefined;
  readonly counts: Map<string, number>;
}

export function placesInXml(text: string, ways: readonly Way[]): readonly (Place | undefined)[] {
  if (ways.every(({ length }) => length === 0)) return ways.map(() => undefined);
  const root = Wanted.tree(ways);
  walk(text, root);
  return ways.map((way) => root.placeOf(way));
}

function walk(text: string, root: Wanted): void {
  const parser = new SaxesParser({ xmlns: false });
  const open: Open[] = [];
  const ended = new Error('The rest cannot be read.');
  parser.on('error', () => {
    throw ended;
  });
  parser.on('opentag', ({ name }) => {
    const parent = open.at(-1);
    const node = parent === undefined ? root : nodeOf(parent, name.slice(name.indexOf(':') + 1));
    if (node !== undefined) node.place ??= { line: parser.line, column: parser.column };
    open.push({ node, counts: new Map() });
  });
  parser.on('closetag', () => open.pop());
  try {
    parser.write(text).close();
  } catch (error) {
    if (error !== ended) throw error;
  }
}

/** A nested resource, whose name begins with a capital, is no step of a way. */
function nodeOf({ node, counts }: Open, name: string): Wanted | undefined {
  if (node === undefined || /^[A-Z]/.test(name)) return node;
  const index = counts.get(name) ?? 0;
  counts.set(name, index + 1);
  const named = node.child(name);
  return named?.child(index) ?? named;
}
