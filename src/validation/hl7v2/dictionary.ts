/** The facts of HL7 v2 by version, compiled from the generated tables when they are first asked for. */
import { loadTable } from '../tables.ts';
import { checkOf, type Check } from './data-types.ts';
import { Grammar } from './grammar.ts';
import { Names, nameText } from './names.ts';

/** `tables/index.json`: the versions, and the table that serves each; closed code tables by number. */
export interface IndexTable {
  readonly source: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  readonly codes: Readonly<Record<string, string>>;
}

/** `tables/<version>.json`; the notation of each entry is described in `generate-tables.ts`. */
export interface VersionTable {
  readonly source: readonly string[];
  readonly version: string;
  readonly structures: Readonly<Record<string, string>>;
  readonly events: Readonly<Record<string, string>>;
  readonly segments: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, string>>;
}

export interface Field {
  readonly required: boolean;
  readonly withdrawn: boolean;
  /** How often it may repeat. */
  readonly max: number;
  readonly type: string;
  /** Undefined where nothing in it can be checked. */
  readonly check: Check | undefined;
  /** The values of its code table, where it is closed. */
  readonly codes: Names<true> | undefined;
  /** True where there is something to check of a single value without parts. */
  readonly limited: boolean;
}

export interface Segment {
  readonly name: string;
  /** By position; the first is field 1. */
  readonly fields: readonly Field[];
  /** The number of the last field that is required, 0 for none. */
  readonly lastRequired: number;
  /** True for header segments, whose first separator is itself a field (ch. 2, 2.15.9). */
  readonly isHeader: boolean;
}

/** A data type that a version has. */
export interface DataType {
  /** What can be checked of its values; undefined for nothing. */
  readonly check: Check | undefined;
}

const headerNames: ReadonlySet<string> = new Set(['MSH', 'BHS', 'FHS']);

const table = (name: string): unknown => loadTable(new URL(`tables/${name}.json`, import.meta.url));
const index = table('index') as IndexTable;
const versions = new Map(Object.entries(index.versions));
const listed = (name: string): readonly [string, true] => [name, true];
const codeTables = new Map(
  Object.entries(index.codes).map(([id, values]) => [id, new Names(values.split(' ').map(listed))]),
);
const opened = new Map<string, Dictionary>();

/**
 * Serves messages that name no version or one that is not known: it has nearly all segments and has withdrawn nearly
 * nothing.
 */
export const fallbackVersion = '2.6';

export const isKnownVersion = (version: string): boolean => versions.has(version);

/** The facts of a known version. */
export function dictionaryOf(version: string): Dictionary {
  const name = versions.get(version) ?? fallbackVersion;
  let dictionary = opened.get(name);
  if (dictionary === undefined) {
    dictionary = new Dictionary(table(name) as VersionTable);
    opened.set(name, dictionary);
  }
  return dictionary;
}

export class Dictionary {
  readonly #structures: ReadonlyMap<string, string>;
  readonly #events: ReadonlyMap<string, string>;
  readonly #segments: ReadonlyMap<string, string>;
  readonly #types: ReadonlyMap<string, string>;
  readonly #dataTypes: Names<DataType>;
  readonly #messages: ReadonlySet<string>;
  readonly #grammars = new Map<string, Grammar>();
  readonly #compiledSegments = new Map<number, Segment>();

  constructor(facts: VersionTable) {
    this.#structures = new Map(Object.entries(facts.structures));
    this.#events = new Map(Object.entries(facts.events));
    this.#segments = new Map(Object.entries(facts.segments));
    this.#types = new Map(Object.entries(facts.types));
    this.#dataTypes = new Names(
      [...primitiveTypes, ...this.#types.keys()].map((name) => [name, { check: checkOf(name, this.#types) }]),
    );
    this.#messages = new Set(
      [...this.#structures.keys(), ...this.#events.keys()].map((name) => name.slice(0, 3)),
    );
  }

  /** True for a message code (MSH-9.1) that the version has. */
  hasMessage(code: string): boolean {
    return this.#messages.has(code);
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
    const notations = this.#segments.get(name)?.split(' ');
    if (notations === undefined) return undefined;
    const isHeader = headerNames.has(name);
    // The delimiters of a header segment are looked at by themselves.
    const fields = notations.map((each, i) => (isHeader && i < 2 ? delimitersField : this.#field(each)));
    const lastRequired = fields.findLastIndex((field) => field.required) + 1;
    const segment = { name, fields, lastRequired, isHeader };
    this.#compiledSegments.set(number, segment);
    return segment;
  }

  #field(notation: string): Field {
    const [, type = '', required = '', repeats, codes = ''] =
      /^([^!*#]+)(!?)(\*\d*)?(?:#(\w+))?$/.exec(notation) ?? [];
    const withdrawn = type === '-';
    const check = checkOf(type, this.#types);
    const values = codeTables.get(codes);
    return {
      type,
      required: required === '!',
      withdrawn,
      max: repeats === undefined ? 1 : repeats === '*' ? Infinity : Number(repeats.slice(1)),
      check,
      codes: values,
      limited: withdrawn || check !== undefined || values !== undefined,
    };
  }

  /** The type whose name stands from `from` to `to`. */
  type(bytes: Buffer, from: number, to: number): DataType | undefined {
    return this.#dataTypes.find(bytes, from, to);
  }
}

/** MSH-1 and MSH-2, and those of the other header segments. */
const delimitersField: Field = {
  type: 'ST',
  required: false,
  withdrawn: false,
  max: Infinity,
  check: undefined,
  codes: undefined,
  limited: false,
};

const primitiveTypes = 'AD CM CN DT DTM FT GTS ID IS NM PN SI SNM ST TM TN TS TX XX varies'.split(' ');
