/** The facts of HL7 v2 by version, compiled from the generated tables when they are first asked for. */
import type { SiteProfile } from '../site-profile.ts';
import { loadTable } from '../tables.ts';
import { codedTypes, codeLists, type CodeList, type ListedCodes } from './code-lists.ts';
import { type Types, type Value, valueOf } from './data-types.ts';
import { Grammar } from './grammar.ts';
import { Names, nameText } from './names.ts';
import { parseEntry, WITHDRAWN } from './notation.ts';
import { siteSegment, siteTable } from './site.ts';

/** `tables/index.json`: the versions, and the table that serves each; code tables by number. */
export interface IndexTable extends ListedCodes {
  readonly source: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
}

/** `tables/<version>.json`; the notation of each entry is described in `generate/fields.ts` and `generate/structures.ts`. */
export interface VersionTable {
  readonly source: readonly string[];
  readonly version: string;
  readonly structures: Readonly<Record<string, string>>;
  readonly events: Readonly<Record<string, string>>;
  readonly segments: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, string>>;
}

export interface Field {
  /** The rule that its absence breaks; undefined where it is not required. */
  readonly missing: string | undefined;
  readonly withdrawn: boolean;
  /** How often it may repeat. */
  readonly max: number;
  /** What each repetition is. */
  readonly value: Value;
  /** True where there is something to check of a value that does not repeat. */
  readonly isChecked: boolean;
}

export interface Segment {
  readonly name: string;
  /** By position; the first is field 1. */
  readonly fields: readonly Field[];
  /** The number of the last field that is required, 0 for none. */
  readonly lastRequired: number;
  /** True for header segments, whose first separator is itself a field (ch. 2, 2.15.9). */
  readonly isHeader: boolean;
  /** True for a local segment that a site's profile defines: no structure has a place for it, and it may come anywhere. */
  readonly isLocal: boolean;
}

const table = (name: string): unknown => loadTable(new URL(`tables/${name}.json`, import.meta.url));
const index = table('index') as IndexTable;
const versions = new Map(Object.entries(index.versions));
const standardCodes = codeLists(index);
const opened = new Map<string, Dictionary>();
const openedForSites = new WeakMap<SiteProfile, Map<string, Dictionary>>();

/**
 * Serves messages that name no version or one that is not known: it has nearly all segments and has withdrawn nearly
 * nothing.
 */
export const fallbackVersion = '2.6';

export const isKnownVersion = (version: string): boolean => versions.has(version);

/** True for a version that is newer than the tables, and goes by the newest. */
export const isBeyondTables = (version: string): boolean => version === '2.9';

/** The facts of a known version, and over them what a site agreed on. */
export function dictionaryOf(version: string, site?: SiteProfile): Dictionary {
  const name = versions.get(version) ?? fallbackVersion;
  const cache = site === undefined ? opened : siteCache(site);
  let dictionary = cache.get(name);
  if (dictionary === undefined) {
    dictionary = new Dictionary(table(name) as VersionTable, site);
    cache.set(name, dictionary);
  }
  return dictionary;
}

function siteCache(site: SiteProfile): Map<string, Dictionary> {
  const cache = openedForSites.get(site) ?? new Map<string, Dictionary>();
  openedForSites.set(site, cache);
  return cache;
}

export class Dictionary implements Types {
  readonly components: ReadonlyMap<string, string>;
  readonly #structures: ReadonlyMap<string, string>;
  readonly #events: ReadonlyMap<string, string>;
  readonly #segments: ReadonlyMap<string, string>;
  readonly #site: SiteProfile | undefined;
  readonly #dataTypes: Names<Value>;
  readonly #messages: ReadonlySet<string>;
  readonly #triggers: ReadonlySet<string>;
  readonly #grammars = new Map<string, Grammar>();
  readonly #compiledSegments = new Map<number, Segment>();

  constructor(facts: VersionTable, site: SiteProfile | undefined) {
    this.#structures = new Map(Object.entries(facts.structures));
    this.#events = new Map(Object.entries(facts.events));
    this.#segments = new Map(Object.entries(facts.segments));
    this.components = new Map(Object.entries(facts.types));
    this.#site = site;
    this.#dataTypes = new Names(
      [...primitiveTypes, ...this.components.keys()].map((name) => [name, valueOf(parseEntry(name), this)]),
    );
    const names = [...this.#structures.keys(), ...this.#events.keys()];
    this.#messages = new Set(names.map((name) => name.slice(0, 3)));
    this.#triggers = new Set(names.map((name) => name.slice(4)));
  }

  /** True for a message code (MSH-9.1) that the version has. */
  hasMessage(code: string): boolean {
    return this.#messages.has(code);
  }

  /** True for a trigger event (MSH-9.2) that some message of the version has. */
  hasTrigger(trigger: string): boolean {
    return this.#triggers.has(trigger);
  }

  hasStructure(name: string): boolean {
    return this.#structures.has(name);
  }

  /** The name of the structure of a message, or undefined where the tables have none. */
  structureFor(code: string, trigger: string): string | undefined {
    if (code === 'ACK') return 'ACK';
    const name = `${code}_${trigger}`;
    return this.#structures.has(name) ? name : this.#events.get(name);
  }

  /** The order of segments of a structure that exists. */
  grammar(structure: string): Grammar {
    let grammar = this.#grammars.get(structure);
    if (grammar === undefined) {
      grammar = new Grammar(this.#structures.get(structure) ?? '');
      this.#grammars.set(structure, grammar);
    }
    return grammar;
  }

  /** A segment by its name as a number (`names.ts`). */
  segment(name: number): Segment | undefined {
    return this.#compiledSegments.get(name) ?? this.#compile(name);
  }

  #compile(number: number): Segment | undefined {
    const name = nameText(number);
    const standard = this.#segments
      .get(name)
      ?.split(' ')
      .map((each) => this.#field(each));
    const agreed = this.#site?.segments[name];
    if (standard === undefined && agreed === undefined) return undefined;
    const fields = siteSegment(ruledHere(name, standard ?? []), agreed, this);
    const lastRequired = fields.findLastIndex((field) => field.missing !== undefined) + 1;
    const isLocal = name.startsWith('Z');
    const segment = { name, fields, lastRequired, isHeader: headerNames.has(name), isLocal };
    this.#compiledSegments.set(number, segment);
    return segment;
  }

  #field(notation: string): Field {
    const entry = parseEntry(notation);
    const value = valueOf(entry, this);
    const withdrawn = entry.type === WITHDRAWN;
    const missing = entry.required ? 'hl7v2/required-field' : undefined;
    return { missing, withdrawn, max: entry.max, value, isChecked: withdrawn || value.isChecked };
  }

  codesFor(type: string, table: string | undefined): CodeList | undefined {
    const binding = codedTypes.get(type);
    if (table === undefined || binding === undefined) return undefined;
    return siteTable(this.#site, table) ?? standardCodes[binding].get(table);
  }

  /** The type whose name stands from `from` to `to`. */
  type(bytes: Buffer, from: number, to: number): Value | undefined {
    return this.#dataTypes.find(bytes, from, to);
  }
}

const headerNames: ReadonlySet<string> = new Set(['MSH', 'BHS', 'FHS']);

/** Fields of MSH whose values have rules of their own: message type, processing id, version, character sets. */
const ruledElsewhere: ReadonlySet<number> = new Set([9, 11, 12, 18]);

/** The delimiters of a header segment, and some of its fields, are looked at by themselves. */
function ruledHere(name: string, fields: readonly Field[]): readonly Field[] {
  if (!headerNames.has(name)) return fields;
  return fields.map((field, i) => {
    if (i < 2) return freeField;
    if (name !== 'MSH' || !ruledElsewhere.has(i + 1)) return field;
    return { ...freeField, max: field.max, missing: i + 1 === 11 ? field.missing : undefined };
  });
}

const text: Types = { components: new Map(), codesFor: () => undefined };
const freeField: Field = {
  missing: undefined,
  withdrawn: false,
  max: Infinity,
  value: valueOf(parseEntry('varies'), text),
  isChecked: false,
};

const primitiveTypes = 'AD CM CN DT DTM FT GTS ID IS NM PN SI SNM ST TM TN TS TX'.split(' ');
