/** When an attribute of Type 1C or 2C is required: predicates over a data set (PS3.5, 7.4), as the tables have them. */
import type { DataSet, Element, Source } from './data-set.ts';
import { readValues } from './data-set.ts';
import { nameOf } from './dictionary.ts';

/**
 * A tag has 8 hexadecimal digits; with `^` before it, it is looked for in the item first, then in what encloses it, up to
 * the root. `is`: a value (by number from 1; 0 for any of them) is one of those given. `more`: the first value is greater.
 * `within`: the predicate holds in an item of the sequence.
 */
export type Predicate =
  | readonly ['has', string]
  | readonly ['is', string, number, ...string[]]
  | readonly ['more', string, number]
  | readonly ['within', string, Predicate]
  | readonly ['not', Predicate]
  | readonly ['all' | 'any', ...Predicate[]];

/** Whether it holds in the data set; null where the bytes ended before that could be told. */
export type Test = (set: DataSet, source: Source) => boolean | null;

export function compile(predicate: Predicate): Test {
  switch (predicate[0]) {
    case 'has':
      return testElement(predicate[1], () => true);
    case 'is':
      return testIs(predicate);
    case 'more':
      return testMore(predicate[1], predicate[2]);
    case 'within':
      return testWithin(predicate[1], compile(predicate[2]));
    case 'not':
      return negate(compile(predicate[1]));
    case 'all':
      return testAll(operands(predicate).map(compile), false);
    case 'any':
      return testAll(operands(predicate).map(compile), true);
  }
}

/** What has to hold, in words: `Modality (0008,0060) is CT or MR`. */
export function describe(predicate: Predicate, isNegated = false): string {
  const not = isNegated ? ' not' : '';
  switch (predicate[0]) {
    case 'has':
      return `${nameIn(predicate[1])} is${not} there`;
    case 'is':
      return `${ordinal(predicate[2])}${nameIn(predicate[1])} is${not} ${valuesIn(predicate).map(shown).join(' or ')}`;
    case 'more':
      return `${nameIn(predicate[1])} is${not} more than ${predicate[2]}`;
    case 'within':
      return `${describe(predicate[2], isNegated)} in ${nameIn(predicate[1])}`;
    case 'not':
      return describe(predicate[1], !isNegated);
    case 'all':
    case 'any': {
      const joint = (predicate[0] === 'all') === isNegated ? ' or ' : ' and ';
      return operands(predicate)
        .map((operand) => describe(operand, isNegated))
        .join(joint);
    }
  }
}

function nameIn(tag: string): string {
  return nameOf(parseTag(tag));
}

function ordinal(index: number): string {
  return index === 0 ? '' : `value ${index} of `;
}

/** A pointer's value is a tag. */
function shown(value: string): string {
  return /^[0-9a-f]{8}$/.test(value) ? nameIn(value) : value;
}

function operands([, ...predicates]: readonly ['all' | 'any', ...Predicate[]]): readonly Predicate[] {
  return predicates;
}

function valuesIn([, , , ...values]: readonly ['is', string, number, ...string[]]): readonly string[] {
  return values;
}

function parseTag(tag: string): number {
  return parseInt(tag.replace('^', ''), 16);
}

type Holds = (element: Element, source: Source) => boolean;

/** So many items of a sequence are looked at: there may be as many questions as items. */
const MOST_ITEMS = 64;

/** Finds the attribute, in the data set or in what encloses it; unread is neither there nor missing. */
function testElement(name: string, holds: Holds): Test {
  const tag = parseTag(name);
  const climbs = name.startsWith('^');
  return (start, source) => {
    for (let set: DataSet | null = start; set !== null; set = climbs ? set.parent : null) {
      const element = set.elements.get(tag);
      if (element !== undefined) return holds(element, source);
      if (!set.isComplete && tag > set.lastTag) return null;
    }
    return false;
  };
}

function testIs(predicate: readonly ['is', string, number, ...string[]]): Test {
  const wanted = new Set(valuesIn(predicate));
  const index = predicate[2];
  const isWanted: Holds = (element, source) => {
    const values = readValues(source, element);
    return index === 0 ? values.some((value) => wanted.has(value)) : wanted.has(values[index - 1] ?? '');
  };
  return testElement(predicate[1], predicate[1].startsWith('^') ? remembered(isWanted) : isWanted);
}

/** Every item of a long sequence may ask for the same attribute around it. */
function remembered(holds: Holds): Holds {
  const known = new WeakMap<Element, boolean>();
  return (element, source) => {
    const answer = known.get(element) ?? holds(element, source);
    known.set(element, answer);
    return answer;
  };
}

function testMore(name: string, least: number): Test {
  return testElement(name, (element, source) => Number(readValues(source, element)[0] ?? '') > least);
}

function testWithin(name: string, test: Test): Test {
  return testElement(name, (element, source) =>
    (element.items ?? []).slice(0, MOST_ITEMS).some((item) => test(item, source) === true),
  );
}

function negate(test: Test): Test {
  return (set, source) => {
    const holds = test(set, source);
    return holds === null ? null : !holds;
  };
}

/** Whether all hold, or (`decisive` true) any of them. */
function testAll(tests: readonly Test[], decisive: boolean): Test {
  return (set, source) => {
    let isUnknown = false;
    for (const test of tests) {
      const holds = test(set, source);
      if (holds === decisive) return decisive;
      isUnknown ||= holds === null;
    }
    return isUnknown ? null : !decisive;
  };
}
