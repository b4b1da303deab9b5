/** Reads a map of pyx12 (XML): the loops of one transaction, between ST and SE. */
import type { ElementFact, LoopFact, NodeFact, SegmentFact } from './facts.ts';
import { unused } from './facts.ts';
import { childOf, descendants, parseXml, textOf, type Xml } from './xml.ts';

/** Data type, shortest and longest by the number of the data element. */
export type ElementDictionary = ReadonlyMap<string, { type: string; least: string; most: string }>;

export function elementDictionary(xml: string): ElementDictionary {
  return new Map(
    parseXml(xml).children.map(({ attributes: a }) => [
      a['ele_num'] ?? '',
      { type: a['data_type'] ?? 'AN', least: a['min_len'] ?? '', most: a['max_len'] ?? '' },
    ]),
  );
}

/** Code lists that others keep, by their names here. */
export function externalCodes(xml: string): Readonly<Record<string, string>> {
  const sets = parseXml(xml).children.filter(({ name }) => name === 'codeset');
  return Object.fromEntries(
    sets.map((set) => [
      textOf(set, 'id'),
      [...new Set(descendants(set, 'code').map(({ text }) => text.trim()))].sort().join(' '),
    ]),
  );
}

export function readMap(xml: string, elements: ElementDictionary): LoopFact {
  const transaction = find(parseXml(xml), 'ST_LOOP');
  const children = nodes(transaction, elements).filter(({ name }) => name !== 'ST' && name !== 'SE');
  return { kind: 'loop', name: '', usage: 'R', most: 1, position: 0, children };
}

/** False where the guide does not use ST03, the implementation convention reference. */
export function usesReference(xml: string): boolean {
  const header = find(parseXml(xml), 'ST_LOOP').children.find(({ attributes }) => attributes['xid'] === 'ST');
  const reference = header?.children.find(({ attributes }) => attributes['xid'] === 'ST03');
  return reference !== undefined && textOf(reference, 'usage') !== 'N';
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
function nodes(loop: Xml, elements: ElementDictionary): NodeFact[] {
  let position = 0;
  let previous: string | undefined;
  return flattened(loop, '').map(({ xml, key }) => {
    if (key !== previous) position++;
    previous = key;
    return xml.name === 'segment' ? segment(xml, position, elements) : loopFact(xml, position, elements);
  });
}

function flattened(loop: Xml, prefix: string): { xml: Xml; key: string }[] {
  const parts = loop.children.filter(({ name }) => name === 'loop' || name === 'segment');
  return parts.flatMap((xml) => {
    const key = `${prefix}/${textOf(xml, 'pos')}`;
    return xml.attributes['type'] === 'wrapper' ? flattened(xml, key) : [{ xml, key }];
  });
}

function loopFact(xml: Xml, position: number, elements: ElementDictionary): LoopFact {
  const children = nodes(xml, elements);
  return {
    kind: 'loop',
    name: xml.attributes['xid'] ?? '',
    usage: usage(xml),
    most: many(textOf(xml, 'repeat')),
    position,
    children,
  };
}

function segment(xml: Xml, position: number, elements: ElementDictionary): SegmentFact {
  const rows = xml.children.filter(({ name }) => name === 'element' || name === 'composite');
  const syntax = xml.children.filter(({ name }) => name === 'syntax').map(({ text }) => text.trim());
  return {
    kind: 'segment',
    name: xml.attributes['xid'] ?? '',
    usage: usage(xml),
    most: many(textOf(xml, 'max_use')),
    position,
    elements: rows.map((row) => element(row, elements)),
    conditions: syntax.filter((note) => /^[PRECL](?:\d\d){2,}$/.test(note)),
  };
}

function element(xml: Xml, elements: ElementDictionary): ElementFact {
  const said = textOf(xml, 'usage');
  if (said === 'N') return unused;
  const times = textOf(xml, 'repeat');
  const common = { ...unused, required: said === 'R', repeat: times === '' ? 1 : many(times) };
  const parts = xml.children.filter(({ name }) => name === 'element');
  if (xml.name === 'composite' && parts.length > 0) {
    return { ...common, kind: 'composite', parts: parts.map((part) => element(part, elements)) };
  }
  return { ...common, kind: 'simple', ...valueOf(xml, elements) };
}

function valueOf(
  xml: Xml,
  elements: ElementDictionary,
): Pick<ElementFact, 'type' | 'least' | 'most' | 'codes' | 'external' | 'digits'> {
  const number = textOf(xml, 'data_ele');
  const value = elements.get(number) ?? { type: 'AN', least: '', most: '' };
  const list = childOf(xml, 'valid_codes');
  const codes = (list?.children ?? []).filter(({ name }) => name === 'code').map(({ text }) => text);
  return {
    ...value,
    // A date or period, of which the element before it says how it is written (data element 1250).
    type: number === '1251' ? 'DP' : value.type,
    codes,
    external: listOf(list),
    digits: Number(/^\[0-9\]\{(\d+)\}$/.exec(textOf(xml, 'regex'))?.[1] ?? 0),
  };
}

/** States are looked up wherever an address stands, whatever the map says: `identifiers.ts`. */
function listOf(codes: Xml | undefined): string {
  const name = codes?.attributes['external'] ?? '';
  return name === 'states' ? '' : name;
}

const usage = (xml: Xml): 'R' | 'S' => (textOf(xml, 'usage') === 'R' ? 'R' : 'S');

/** 0 is without limit. */
const many = (text: string): number => (/^\d+$/.test(text) ? Number(text) : 0);
