/** Reads a map of pyx12 (XML): the loops of one transaction, between ST and SE. */
import { SaxesParser } from 'saxes';
import type { LoopRow, NodeRow, SegmentRow } from '../map.ts';
import type { CodeSets } from './code-sets.ts';

interface Xml {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Xml[];
  text: string;
}

/** `ID:2:3` by number: data type, shortest and longest. */
export type ElementDictionary = ReadonlyMap<string, string>;

export function elementDictionary(xml: string): ElementDictionary {
  const rows = parse(xml).children.map(({ attributes: a }): [string, string] => [
    a['ele_num'] ?? '',
    `${a['data_type'] ?? 'AN'}:${a['min_len'] ?? ''}:${a['max_len'] ?? ''}`,
  ]);
  return new Map(rows);
}

export function readMap(xml: string, elements: ElementDictionary, codes: CodeSets): LoopRow {
  const transaction = find(parse(xml), 'ST_LOOP');
  const children = nodes(transaction, { elements, codes }).filter(([name]) => name !== 'ST' && name !== 'SE');
  return ['', 'R', 1, 0, children];
}

interface Context {
  readonly elements: ElementDictionary;
  readonly codes: CodeSets;
}

function find(xml: Xml, loop: string): Xml {
  if (xml.attributes['xid'] === loop) return xml;
  for (const child of xml.children) {
    const found = child.name === 'loop' ? find(child, loop) : xml;
    if (found.attributes['xid'] === loop) return found;
  }
  return xml;
}

/** The loops and segments of a loop in order; equal positions stay equal; a wrapper's children stand in its place. */
function nodes(loop: Xml, context: Context): NodeRow[] {
  const rows: NodeRow[] = [];
  let position = 0;
  for (const { xml, key } of flattened(loop, '')) {
    const previous = rows.at(-1);
    if (previous === undefined || key !== keyOf.get(previous)) position++;
    const row = xml.name === 'segment' ? segment(xml, position, context) : loopRow(xml, position, context);
    keyOf.set(row, key);
    rows.push(row);
  }
  return rows;
}

const keyOf = new WeakMap<NodeRow, string>();

function flattened(loop: Xml, prefix: string): { xml: Xml; key: string }[] {
  const parts = loop.children.filter(({ name }) => name === 'loop' || name === 'segment');
  return parts.flatMap((xml) => {
    const key = `${prefix}/${textOf(xml, 'pos')}`;
    return xml.attributes['type'] === 'wrapper' ? flattened(xml, key) : [{ xml, key }];
  });
}

function loopRow(xml: Xml, position: number, context: Context): LoopRow {
  return [
    xml.attributes['xid'] ?? '',
    usage(xml),
    many(textOf(xml, 'repeat')),
    position,
    nodes(xml, context),
  ];
}

function segment(xml: Xml, position: number, context: Context): SegmentRow {
  const elements = xml.children.filter(({ name }) => name === 'element' || name === 'composite');
  const syntax = xml.children.filter(({ name }) => name === 'syntax').map(({ text }) => text.trim());
  return [
    xml.attributes['xid'] ?? '',
    usage(xml),
    many(textOf(xml, 'max_use')),
    position,
    elements.map((element) => notation(element, context)).join(' '),
    syntax.join(' '),
  ];
}

function notation(xml: Xml, context: Context): string {
  const said = textOf(xml, 'usage');
  if (said === 'N') return '-';
  const mark = said === 'R' ? '!' : '';
  if (xml.name === 'composite') {
    const parts = xml.children.filter(({ name }) => name === 'element');
    return parts.length === 0
      ? `AN::${mark}`
      : `(${mark} ${parts.map((part) => notation(part, context)).join(' ')} )`;
  }
  const number = textOf(xml, 'data_ele');
  const type = number === '1251' ? 'DP:1:35' : (context.elements.get(number) ?? 'AN::');
  const list = xml.children.find(({ name }) => name === 'valid_codes');
  const external = list?.attributes['external'] !== undefined;
  const codes = external
    ? []
    : (list?.children ?? []).filter(({ name }) => name === 'code').map(({ text }) => text);
  return `${type}${mark}${context.codes.notation(codes)}`;
}

const usage = (xml: Xml): 'R' | 'S' => (textOf(xml, 'usage') === 'R' ? 'R' : 'S');

/** 0 is without limit. */
const many = (text: string): number => (/^\d+$/.test(text) ? Number(text) : 0);

const textOf = (xml: Xml, name: string): string =>
  xml.children.find((child) => child.name === name)?.text.trim() ?? '';

function parse(xml: string): Xml {
  const root: Xml = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    const element: Xml = { name, attributes: attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  });
  parser.on('closetag', () => open.pop());
  parser.write(xml).close();
  return root.children[0] ?? root;
}
