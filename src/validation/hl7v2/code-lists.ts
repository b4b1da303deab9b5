/** The values of code tables: those that HL7 defines, those that it suggests, and a site's own. */
import { Names } from './names.ts';

export interface CodeList {
  readonly table: string;
  readonly names: Names<true>;
  /** The rule that a code breaks which is not in it. */
  readonly rule: string;
  /** Where it comes from, after "is not ". */
  readonly origin: string;
  /** Codes that are built rather than listed. */
  readonly pattern: RegExp | undefined;
}

/** `tables/index.json`: values by number, separated by bars. */
export interface ListedCodes {
  readonly defined: Readonly<Record<string, string>>;
  readonly suggested: Readonly<Record<string, string>>;
}

/** Table 0203: a national identifier is NN and a country of ISO 3166. */
const patterns: ReadonlyMap<string, RegExp> = new Map([['0203', /^NN[A-Z]{3}$/]]);

/** How binding a table is for a type (ch. 2A): HL7 defines it, a site does, or it is open. */
export type Binding = 'defined' | 'user-defined' | 'suggested';

const rules: Readonly<Record<Binding, string>> = {
  defined: 'hl7v2/code',
  'user-defined': 'hl7v2/user-defined-code',
  suggested: 'hl7v2/suggested-code',
};

export type CodeLists = Readonly<Record<Binding, ReadonlyMap<string, CodeList>>>;

/** By table number, once for each binding. */
export function codeLists({ defined, suggested }: ListedCodes): CodeLists {
  const own = lists(defined, 'defined', 'in HL7 table');
  const all = { ...defined, ...suggested };
  return {
    defined: new Map([
      ...lists(suggested, 'user-defined', 'among the values that HL7 suggests for table'),
      ...own,
    ]),
    'user-defined': lists(all, 'user-defined', 'among the values that HL7 suggests for table'),
    suggested: lists(all, 'suggested', 'among the values that HL7 suggests for table'),
  };
}

function lists(
  tables: Readonly<Record<string, string>>,
  binding: Binding,
  origin: string,
): Map<string, CodeList> {
  return new Map(
    Object.entries(tables).map(([table, values]) => [
      table,
      list(table, values.split('|'), rules[binding], `${origin} ${table}`),
    ]),
  );
}

/** Types whose first value is a code: an ID and a CNE take no other, an IS what the site has, the others may add (ch. 2A). */
export const codedTypes: ReadonlyMap<string, Binding> = new Map([
  ['ID', 'defined'],
  ['CNE', 'defined'],
  ['IS', 'user-defined'],
  ['CE', 'suggested'],
  ['CWE', 'suggested'],
  ['CF', 'suggested'],
]);

export function list(table: string, values: readonly string[], rule: string, origin: string): CodeList {
  const names = new Names(values.map((value): [string, true] => [value, true]));
  return { table, names, rule, origin, pattern: patterns.get(table) };
}
