/**
 * The notation of elements in the tables: `ID:2:3!#4 - AN:1:60 (! ID:2:3!#5 AN:1:30 )`. A word an element by position:
 * data type, shortest and longest, `!` for required, `#` and the number of its code set, `=` and the name of a list of codes
 * outside of the guide, `%` and how many digits are expected in it, `^` and how often it may come (0: no limit); `-` is not
 * used; a composite stands in brackets.
 */
import { dataType, type DataType, periodType } from './data-types.ts';

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
  readonly repeat: number;
  readonly codes: ReadonlySet<string> | undefined;
  /** Codes that others keep: places of service, claim status, and the like. */
  readonly external: ReadonlySet<string> | undefined;
  /** So many digits in a row are expected in it; 0 for no such demand. */
  readonly digits: number;
}

export interface CompositeElement {
  readonly kind: 'composite';
  readonly required: boolean;
  readonly repeat: number;
  readonly parts: readonly Element[];
}

export interface UnusedElement {
  readonly kind: 'unused';
  readonly required: false;
}

export type Element = SimpleElement | CompositeElement | UnusedElement;

/** What the notation refers to. */
export interface CodeLists {
  readonly numbered: readonly ReadonlySet<string>[];
  readonly named: (name: string) => ReadonlySet<string> | undefined;
}

const unused: UnusedElement = { kind: 'unused', required: false };

export function parseElements(notation: string, lists: CodeLists): readonly Element[] {
  const elements: Element[] = [];
  let composite: { required: boolean; repeat: number; parts: Element[] } | undefined;
  for (const word of notation.split(' ')) {
    if (word.startsWith('(')) {
      composite = { required: word.startsWith('(!'), repeat: repeatOf(word.split('^')[1]), parts: [] };
      elements.push({ kind: 'composite', ...composite });
    } else if (word === ')') {
      composite = undefined;
    } else if (word !== '') {
      (composite?.parts ?? elements).push(word === '-' ? unused : simple(word, lists));
    }
  }
  return elements;
}

const words = /^(\w+):(\d*):(\d*)(!?)(?:#(\d+))?(?:=(\w+))?(?:%(\d+))?(?:\^(\d+))?$/;

function simple(word: string, { numbered, named }: CodeLists): SimpleElement {
  const [, type = 'AN', least = '', most = '', required = '', set, list, digits, repeat] =
    words.exec(word) ?? [];
  return {
    kind: 'simple',
    type,
    form: formOf(type, least),
    numeric: type === 'R' || /^N\d$/.test(type),
    least: Number(least),
    most: most === '' ? Infinity : Number(most),
    required: required === '!',
    repeat: repeatOf(repeat),
    codes: set === undefined ? undefined : numbered[Number(set)],
    external: list === undefined ? undefined : named(list),
    digits: Number(digits ?? 0),
  };
}

/** A date of eight digits, as most are, has its century. */
const formOf = (type: string, least: string): DataType | undefined =>
  type === 'DT' && least === '8' ? periodType('D8') : dataType(type);

const repeatOf = (text: string | undefined): number =>
  text === undefined ? 1 : text === '0' ? Infinity : Number(text);
