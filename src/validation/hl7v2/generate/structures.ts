/** Message structures and trigger events of a version. hl7apy's trees are taken; hl7-dictionary is compared. */
import type { VersionTable } from '../dictionary.ts';
import { furtherEvents, structureDecisions } from './adjudications.ts';
import type { Body, DictionaryNode, DictionaryVersion, Node, Sources } from './sources.ts';
import { describedBy } from './sources.ts';

/** By name, in the notation of the tables: `MSH NTE* PATIENT( PID PD1? )? ORDER( CHOICE< OBR RXO > )+`. */
export function structuresOf(sources: Sources, version: string): Record<string, string> {
  const decided = structureDecisions.filter((decision) => decision.version === version);
  const messages = sources.hl7apy[version]?.messages ?? {};
  const rows = Object.entries(messages).map(([name, body]): [string, string] => [
    name,
    decided.find(({ structure }) => structure === name)?.taken ?? grammar(body, name),
  ]);
  return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function grammar([, ...children]: Body, message: string): string {
  return children.map((child) => particle(child, message)).join(' ');
}

/** A suffix says how often; none is once. */
function particle([name, min, max, body]: Node, message: string): string {
  const suffix = max === 1 ? (min === 0 ? '?' : '') : min === 0 ? '*' : '+';
  if (body === undefined) return (/^[A-Z][A-Z0-9]{2}$/.test(name) ? name : '...') + suffix;
  const short = name.startsWith(`${message}_`) ? name.slice(message.length + 1) : name;
  const [open, close] = isChoice(body) ? ['<', '>'] : ['(', ')'];
  return `${short}${open} ${grammar(body, message)} ${close}${suffix}`;
}

/** hl7apy calls some groups choices, with segments that are optional or repeat: those are sequences. */
export function isChoice([kind, ...children]: Body): boolean {
  return kind === 'choice' && children.every(([, min, max]) => min === 1 && max === 1);
}

/** The structure of each trigger event that has none of its own name: `ADT_A04` is of `ADT_A01`. */
export function eventsOf(sources: Sources, version: string): Record<string, string> {
  const messages = sources.hl7apy[version]?.messages ?? {};
  const listed = new Map(version < FIRST_SHARED ? [] : eventsOfTable(messages, sources));
  const described = sources.dictionary[describedBy(sources, version)];
  const further = furtherEvents.filter(([, structure]) => structure in messages);
  const found = new Map([...further, ...listed, ...eventsOfTrees(messages, described, listed)]);
  return Object.fromEntries([...found].filter(([event]) => !(event in messages)).sort());
}

/** Before it each event had a structure of its own; the table lists events of later versions too. */
const FIRST_SHARED = '2.3';

/** HL7 table 0354: message structures with the events that use them. */
function eventsOfTable(messages: Readonly<Record<string, Body>>, sources: Sources): [string, string][] {
  return Object.entries(sources.structureEvents)
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
  messages: Readonly<Record<string, Body>>,
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

/** Structures and events that a version lacks, although the versions before and after it have them, are those of the one before. */
export function withoutGaps(tables: readonly VersionTable[]): VersionTable[] {
  return tables.map((table, i) => {
    const [before, after] = [tables[i - 1], tables[i + 1]];
    if (before === undefined || after === undefined) return table;
    const isGap = (name: string): boolean => !isKnown(table, name) && isKnown(after, name);
    const filled = (own: Readonly<Record<string, string>>, earlier: Readonly<Record<string, string>>) =>
      Object.fromEntries(
        Object.entries({ ...only(earlier, isGap), ...own }).sort(([a], [b]) => (a < b ? -1 : 1)),
      );
    return {
      ...table,
      structures: filled(table.structures, before.structures),
      events: filled(table.events, before.events),
    };
  });
}

const isKnown = ({ structures, events }: VersionTable, name: string): boolean =>
  name in structures || name in events;

const only = (record: Readonly<Record<string, string>>, isMeant: (name: string) => boolean) =>
  Object.fromEntries(Object.entries(record).filter(([name]) => isMeant(name)));
