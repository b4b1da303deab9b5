/**
 * Makes the tables of HL7 v2: `node src/validation/hl7v2/generate-tables.ts --source FILE`, the file being hl7apy's
 * message structures and segments as JSON. Components of data types, the codes of coded fields and the trigger events
 * come from the npm package `hl7-dictionary`. Facts only are carried over: names, order, cardinality, types, codes.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { argv } from 'node:process';
import { parseArgs } from 'node:util';
import type { IndexTable, VersionTable } from './dictionary.ts';

type Node = readonly [name: string, min: number, max: number, body?: Body];
type Body = readonly [kind: 'sequence' | 'choice', ...children: Node[]];
type FieldRow = readonly [id: string, type: string | null, min: number, max: number, table: string | null];
type Source = Record<string, { messages: Record<string, Body>; segments: Record<string, FieldRow[]> }>;

interface DictionaryNode {
  readonly name: string;
  readonly children?: readonly DictionaryNode[];
}
interface DictionaryVersion {
  readonly fields: Record<string, { readonly subfields: readonly { readonly datatype: string }[] }>;
  readonly messages: Record<string, { readonly segments: { readonly segments: readonly DictionaryNode[] } }>;
}
interface Dictionary {
  readonly definitions: Record<string, DictionaryVersion>;
  readonly tables: Record<string, { readonly values: Record<string, string> }>;
}

const provenance = (sha256: string): string[] => [
  `hl7apy (MIT, CRS4): message structures and segments, HL7 v2.1 to v2.8.2; sha256 of the export ${sha256}`,
  'hl7-dictionary 1.0.1 (MIT, npm): components of data types, codes, trigger events, HL7 v2.1 to v2.7.1',
];

/** Versions that share another's structures in the sources. */
const aliases: Record<string, string> = { '2.7.1': '2.7' };

function main(): void {
  const { values } = parseArgs({ args: argv.slice(2), options: { source: { type: 'string' } } });
  if (values.source === undefined) throw new Error('Say where the export of hl7apy is: --source FILE');
  const bytes = readFileSync(values.source);
  const source = JSON.parse(bytes.toString('utf8')) as Source;
  const dictionary = createRequire(import.meta.url)('hl7-dictionary') as Dictionary;
  const said = provenance(createHash('sha256').update(bytes).digest('hex'));
  mkdirSync(new URL('tables/', import.meta.url), { recursive: true });
  for (const version of Object.keys(source)) write(version, versionTable(version, source, dictionary, said));
  write('index', indexTable(source, dictionary, said));
}

function write(name: string, table: VersionTable | IndexTable): void {
  const url = new URL(`tables/${name}.json`, import.meta.url);
  writeFileSync(url, `${JSON.stringify(table, null, 1)}\n`);
}

function indexTable(all: Source, dictionary: Dictionary, source: string[]): IndexTable {
  const known = Object.fromEntries(Object.keys(all).map((version) => [version, version]));
  return { source, versions: { ...known, ...aliases }, codes: codes(dictionary) };
}

/**
 * Tables that HL7 defines (ch. 2A, ID), whose values have stayed the same from version to version, so that a code which
 * is not listed is wrong in each of them. User-defined tables are only suggestions and are left out.
 */
const closedTables = (
  '0008 0065 0085 0091 0102 0103 0105 0106 0107 0108 0109 0121 0122 0136 0155 0161 0166 0167 0168 0169 0170 0178 0180 ' +
  '0183 0185 0206 0224 0225'
).split(' ');

function codes(dictionary: Dictionary): Record<string, string> {
  return Object.fromEntries(
    closedTables.map((id) => [
      id,
      Object.keys(dictionary.tables[String(Number(id))]?.values ?? {}).join(' '),
    ]),
  );
}

function versionTable(version: string, all: Source, dictionary: Dictionary, source: string[]): VersionTable {
  const { messages, segments } = all[version] ?? { messages: {}, segments: {} };
  const described = dictionary.definitions[version] ?? dictionary.definitions['2.7.1'];
  return {
    source,
    version,
    structures: mapValues(messages, (body, name) => grammar(body, name)),
    events: events(messages, described, dictionary),
    segments: mapValues(segments, fieldList),
    types: described === undefined ? {} : composites(described),
  };
}

function mapValues<From, To>(
  record: Record<string, From>,
  change: (value: From, key: string) => To,
): Record<string, To> {
  const keys = Object.keys(record).sort();
  return Object.fromEntries(
    keys.flatMap((key) => (key in record ? [[key, change(record[key] as From, key)]] : [])),
  );
}

/** `MSH NTE* PATIENT( PID PD1? )? ORDER( CHOICE< OBR RXO > )+`: a suffix says how often, none is once. */
function grammar(body: Body, message: string): string {
  const [, ...children] = body;
  return children.map((child) => particle(child, message)).join(' ');
}

function particle([name, min, max, body]: Node, message: string): string {
  const suffix = max === 1 ? (min === 0 ? '?' : '') : min === 0 ? '*' : '+';
  if (body === undefined) return (/^[A-Z][A-Z0-9]{2}$/.test(name) ? name : '...') + suffix;
  const short = name.startsWith(`${message}_`) ? name.slice(message.length + 1) : name;
  const [open, close] = body[0] === 'choice' ? ['<', '>'] : ['(', ')'];
  return `${short}${open} ${grammar(body, message)} ${close}${suffix}`;
}

/** `SI CX!* - XPN!`: by position, `!` required, `*` repeats (`*3`: at most three times), `-` withdrawn. */
function fieldList(rows: FieldRow[]): string {
  const list: string[] = [];
  for (const [id, type, min, max, table] of rows) {
    const position = Number(id.slice(id.lastIndexOf('_') + 1));
    while (list.length < position - 1) list.push('-');
    list.push(field(type, min, max, table));
  }
  return list.join(' ');
}

function field(type: string | null, min: number, max: number, table: string | null): string {
  if (max === 0 || type === 'WD') return '-';
  const repeats = max === 1 ? '' : max === -1 ? '*' : `*${max}`;
  const coded = type === 'ID' && table !== null ? `#${table.replace('HL7', '')}` : '';
  return `${type ?? 'varies'}${min > 0 ? '!' : ''}${repeats}${coded}`;
}

/** Data types with components, by position. */
function composites(described: DictionaryVersion): Record<string, string> {
  const rows = Object.entries(described.fields).filter(([, type]) => type.subfields.length > 0);
  return mapValues(Object.fromEntries(rows), (type) =>
    type.subfields.map((part) => part.datatype || '-').join(' '),
  );
}

/** The structure of each trigger event that has none of its own name: `ADT_A04` is of `ADT_A01`. */
function events(
  messages: Record<string, Body>,
  described: DictionaryVersion | undefined,
  dictionary: Dictionary,
): Record<string, string> {
  const listed = new Map(eventsOfTable(messages, dictionary));
  const found = new Map([...listed, ...eventsOfTrees(messages, described, listed)]);
  return Object.fromEntries([...found].filter(([event]) => !(event in messages)).sort());
}

/** HL7 table 0354: message structures with the events that use them. */
function eventsOfTable(messages: Record<string, Body>, dictionary: Dictionary): [string, string][] {
  const rows = Object.entries(dictionary.tables['354']?.values ?? {});
  return rows
    .filter(([structure]) => structure in messages)
    .flatMap(([structure, list]) =>
      [...list.matchAll(/\b[A-Z]\w\w\b/g)].map(([event]): [string, string] => [
        `${structure.slice(0, 3)}_${event}`,
        structure,
      ]),
    );
}

/** Events that a version describes one by one: the structure is the one with the same segments in the same order. */
function eventsOfTrees(
  messages: Record<string, Body>,
  described: DictionaryVersion | undefined,
  listed: ReadonlyMap<string, string>,
): [string, string][] {
  const structures = Object.entries(messages).map(([name, body]) => ({
    name,
    shape: shapeOf(name, flat(body)),
  }));
  return Object.entries(described?.messages ?? {}).flatMap(([event, { segments }]): [string, string][] => {
    const shape = shapeOf(event, flatTree(segments.segments));
    const alike = structures.filter((structure) => structure.shape === shape).map(({ name }) => name);
    const chosen = alike.find((name) => name === listed.get(event)) ?? alike[0];
    return chosen === undefined || !/^[A-Z]\w\w_[A-Z]\w\w$/.test(event) ? [] : [[event, chosen]];
  });
}

const shapeOf = (message: string, segments: string[]): string =>
  `${message.slice(0, 3)}: ${segments.join(' ')}`;

function flat([, ...children]: Body): string[] {
  return children.flatMap(([name, , , body]) => (body === undefined ? [name] : flat(body)));
}

function flatTree(nodes: readonly DictionaryNode[]): string[] {
  return nodes.flatMap((node) => (node.children === undefined ? [node.name] : flatTree(node.children)));
}

main();
