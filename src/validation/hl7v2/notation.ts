/** How the tables write a field or a component: `CX!*:250`, `ID#0136:1`, `-` (`generate/fields.ts` says more). */

export interface Entry {
  readonly type: string;
  readonly required: boolean;
  /** How often it may repeat. */
  readonly max: number;
  readonly table: string | undefined;
  /** In characters; undefined where there is no limit. */
  readonly length: number | undefined;
}

/** The type of what a version has withdrawn. */
export const WITHDRAWN = '-';

const notation = /^([^!*#:]+)(!?)(?:\*(\d*))?(?:#(\w+))?(?::(\d+))?$/;

export function parseEntry(text: string): Entry {
  const [, type = '', required = '', repeats, table, length] = notation.exec(text) ?? [];
  return {
    type,
    required: required === '!',
    max: repeats === undefined ? 1 : repeats === '' ? Infinity : Number(repeats),
    table,
    length: length === undefined ? undefined : Number(length),
  };
}
