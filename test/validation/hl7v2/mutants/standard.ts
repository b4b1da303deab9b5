/**
 * What makes a mutant a mutant, told apart from the engine: fields and types as `hl7-dictionary` has them, and the order of
 * segments as a regular expression over their names.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { VersionTable } from '../../../../src/validation/hl7v2/dictionary.ts';

/** As hl7-dictionary writes them: opt 2 is required, rep 0 is without limit. */
export interface Described {
  readonly datatype: string;
  readonly opt: number;
  readonly rep: number;
  readonly len?: number;
  readonly table?: number;
}

interface Package {
  readonly definitions: Record<
    string,
    {
      readonly segments: Record<string, { readonly fields: readonly Described[] }>;
      readonly fields: Record<string, { readonly subfields: readonly Described[] }>;
    }
  >;
  readonly tables: Record<string, { readonly values: Record<string, string> }>;
}

const { definitions, tables } = createRequire(import.meta.url)('hl7-dictionary') as Package;

const described = (version: string) => definitions[version] ?? definitions['2.7.1'];

export function fieldOf(version: string, segment: string, number: number): Described | undefined {
  return described(version)?.segments[segment]?.fields[number - 1];
}

export function componentsOf(version: string, type: string): readonly Described[] {
  return described(version)?.fields[type]?.subfields ?? [];
}

export function codesOf(table: number): readonly string[] {
  return Object.keys(tables[String(table)]?.values ?? {});
}

const orders = new Map<string, RegExp>();

/** Do segments of these names come in the order of the structure? */
export function isInOrder(version: string, structure: string, names: readonly string[]): boolean {
  const key = `${version} ${structure}`;
  let order = orders.get(key);
  if (order === undefined) orders.set(key, (order = orderOf(structureOf(version, structure))));
  return order.test(names.map((name) => `${name};`).join(''));
}

function structureOf(version: string, structure: string): string {
  const url = new URL(`../../../../src/validation/hl7v2/tables/${version}.json`, import.meta.url);
  const { structures } = JSON.parse(readFileSync(url, 'utf8')) as VersionTable;
  return structures[structure] ?? '';
}

/** `MSH PATIENT( PID PD1? )? CHOICE< OBR RXO >` → `^(?:MSH;)(?:(?:PID;)(?:PD1;)?)?(?:(?:OBR;)|(?:RXO;))$` */
export function orderOf(notation: string): RegExp {
  const kinds: string[] = [];
  const choiceOpen = (): boolean => kinds.at(-1) === '<';
  let pattern = '';
  for (const word of notation.split(' ')) {
    const [, name = '', bracket = '', suffix = ''] = /^([^(<>)?*+]*)([(<>)]?)([?*+]?)$/.exec(word) ?? [];
    const closes = bracket === ')' || bracket === '>';
    if (closes) kinds.pop();
    else if (choiceOpen() && !/(?:^|\(\?:)$/.test(pattern)) pattern += '|';
    if (closes) pattern += `)${suffix}`;
    else if (bracket !== '') {
      kinds.push(bracket);
      pattern += '(?:';
    } else pattern += name === '...' ? `(?:\\w{3};)${suffix}` : `(?:${name};)${suffix}`;
  }
  return new RegExp(`^${pattern}$`);
}
