/**
 * The notation of elements in the tables: `ID:2:3!#4 - AN:1:60 (! ID:2:3!#5 AN:1:30 )`. A word an element by position:
 * data type, shortest and longest, `!` for required, `#` and the number of its code set; `-` is not used; a composite
 * stands in brackets.
 */
import { dataType, type DataType } from './data-types.ts';

export interface SimpleElement {
  readonly kind: 'simple';
  /** As in the data element dictionary; `DP` is a date or period whose form the element before it names. */
  readonly type: string;
  /** How a value looks; undefined for text, and for a period, of which its qualifier says it. */
  readonly form: DataType | undefined;
  /** A number's length counts its digits only. */
  readonly numeric: boolean;
  readonly least: number;
  readonly most: number;
  readonly required: boolean;
  readonly codes: ReadonlySet<string> | undefined;
}

export interface CompositeElement {
  readonly kind: 'composite';
  readonly required: boolean;
  readonly parts: readonly Element[];
}

export interface UnusedElement {
  readonly kind: 'unused';
  readonly required: false;
}

export type Element = SimpleElement | CompositeElement | UnusedElement;

const unused: UnusedElement = { kind: 'unused', required: false };

export function parseElements(notation: string, codes: readonly ReadonlySet<string>[]): readonly Element[] {
  const elements: Element[] = [];
  let composite: { required: boolean; parts: Element[] } | undefined;
  for (const word of notation.split(' ')) {
    if (word.startsWith('(')) {
      composite = { required: word.endsWith('!'), parts: [] };
      elements.push({ kind: 'composite', ...composite });
    } else if (word === ')') {
      composite = undefined;
    } else if (word !== '') {
      (composite?.parts ?? elements).push(word === '-' ? unused : simple(word, codes));
    }
  }
  return elements;
}

function simple(word: string, codes: readonly ReadonlySet<string>[]): SimpleElement {
  const [, type = 'AN', least = '', most = '', required = '', set] =
    /^(\w+):(\d*):(\d*)(!?)(?:#(\d+))?$/.exec(word) ?? [];
  return {
    kind: 'simple',
    type,
    form: dataType(type),
    numeric: type === 'R' || /^N\d$/.test(type),
    least: Number(least),
    most: most === '' ? Infinity : Number(most),
    required: required === '!',
    codes: set === undefined ? undefined : codes[Number(set)],
  };
}
