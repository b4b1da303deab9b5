/** The values of code tables: those that HL7 defines, those that it suggests, and a site's own. */
import { Names } from './names.ts';

export interface CodeList {
  readonly table: string;
  readonly names: Names<true>;
  /** The rule that a code breaks which is not in it. */
  readonly rule: string;
  /** Where it comes from, after "is not in ". */
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

/** By table number. */
export function codeLists({ defined, suggested }: ListedCodes): ReadonlyMap<string, CodeList> {
  const lists = new Map<string, CodeList>();
  for (const [table, values] of Object.entries(defined))
    lists.set(table, list(table, values.split('|'), 'hl7v2/code', `HL7 table ${table}`));
  for (const [table, values] of Object.entries(suggested))
    lists.set(
      table,
      list(
        table,
        values.split('|'),
        'hl7v2/suggested-code',
        `the values that HL7 suggests for table ${table}`,
      ),
    );
  return lists;
}

export function list(table: string, values: readonly string[], rule: string, origin: string): CodeList {
  const names = new Names(values.map((value): [string, true] => [value, true]));
  return { table, names, rule, origin, pattern: patterns.get(table) };
}

/** The same values where they are no more than a suggestion: a CWE may hold a code of the site's own (ch. 2A, CWE). */
export function asSuggestion(codes: CodeList): CodeList {
  if (codes.rule !== 'hl7v2/code') return codes;
  return {
    ...codes,
    rule: 'hl7v2/suggested-code',
    origin: `${codes.origin}, and names no other coding system`,
  };
}
