/**
 * Reads the conditions of PS3.3 (`Required if Image Type (0008,0008) Value 1 is ORIGINAL`) into predicates.
 *
 * A sentence is read whole or not at all: what is left over (`if contrast media was used`) makes it one that cannot be
 * computed. Predicates are written as `../conditions.ts` reads them.
 */
import type { Predicate } from '../conditions.ts';

/** The tag of an attribute by its name, for those that the text names without a tag. */
export type TagByName = ReadonlyMap<string, string>;

/** The condition in a description, or null where there is none, or none that can be computed. */
export function readCondition(text: string, names: TagByName): Predicate | null {
  const sentence = conditionIn(text);
  return sentence === null ? null : parse(marked(sentence, names));
}

/** The sentence that states the condition, without what is allowed otherwise; null for none. */
export function conditionIn(text: string): string | null {
  const plain = text.replace(/\s+/g, ' ').trim();
  const found = /(?:Required|Shall be present)(?: only)? (?:if|when) (.*?)(?:\.(?= |$)|$)(?! [a-z(])/.exec(
    plain,
  )?.[1];
  if (found === undefined) return null;
  return found
    .replace(
      /[,;]? ?(?:but )?(?:and )?(?:may|shall not|Shall not|May) be present (?:otherwise|if not).*$/,
      '',
    )
    .replace(/[,;] (?:see|See) .*$/, '')
    .trim();
}

/** A run of capitalized words and what may stand between them in a name, before a tag. */
const namedTag =
  /\b[A-Z0-9][\w/'’-]*(?:,? (?:of|to|in|per|the|and|from|for|by|mAs|mA|ms|\([A-Z][a-z]+\)|[A-Z0-9][\w/'’-]*))* \(([0-9A-F]{4}), ?([0-9A-F]{4})\)/g;

/** The sentence with `@tag` for each attribute that it names. */
function marked(sentence: string, names: TagByName): string {
  const withTags = sentence.replace(
    namedTag,
    (whole: string, group: string, element: string) => `${lead(whole)}@${`${group}${element}`.toLowerCase()}`,
  );
  const untagged = [...names.keys()].sort((one, other) => other.length - one.length);
  return withTags.replace(
    new RegExp(`\\b(?:${untagged.join('|')})\\b(?! \\()`, 'g'),
    (name) => `@${names.get(name) ?? ''}`,
  );
}

/** Words before the name that the pattern took for a part of it: the end of the clause before. */
function lead(named: string): string {
  const joined = /^(.*\b(?:and|Value \d of)) (?=[A-Z0-9])/.exec(named)?.[1];
  return joined === undefined ? '' : `${joined} `;
}

function parse(sentence: string): Predicate | null {
  const text = sentence
    .replace(/^(?:the )?(?:attribute )/i, '')
    .replace(/ (?:at the image level|in this Sequence [Ii]tem)\b/g, '')
    .replace(/\b(?:if|both|the|a|an|that|Attribute|attribute) (?=@)/g, '')
    .replace(/\b(?:the |a )?values? (?:of|for) (?=@)/gi, '')
    .replace(/\b(?:the )(?=@)/g, '')
    .trim();
  return parseJoined(text) ?? parseClause(text);
}

/** `A and B`, `A or B`; both in one sentence only where it is plain what belongs together. */
function parseJoined(text: string): Predicate | null {
  for (const [separator, operator, other] of [
    [/,? and (?:if )?(?=@)/, 'all', ' or @'],
    [/,? or (?:if )?(?=@)/, 'any', ' and @'],
  ] as const) {
    const parts = withVerbs(text.split(separator), operator);
    if (parts.length < 2) continue;
    const predicates = parts.map((part) => (part.includes(other) ? null : parseClause(part)));
    if (predicates.every((predicate) => predicate !== null)) return [operator, ...predicates];
  }
  return null;
}

/** `A or B is present`: a part that is only an attribute has the verb of the next. */
function withVerbs(parts: readonly string[], operator: 'all' | 'any'): string[] {
  const whole: string[] = [];
  let bare = '';
  for (const part of parts) {
    const text = `${bare}${part}`;
    bare = /^@[0-9a-f]{8}$/.test(part) ? `${text}${operator === 'all' ? ' and ' : ' or '}` : '';
    if (bare === '') whole.push(text);
  }
  return bare === '' ? whole : [];
}

const tagList = /^@[0-9a-f]{8}(?:(?:,? and |,? or |, )@[0-9a-f]{8})*$/;

const clauses: readonly (readonly [RegExp, (...groups: string[]) => Predicate | null])[] = [
  [/^neither (.+) (?:is|are) present$/, (list) => absent(list.replace(/ nor /g, ' or '), 'all')],
  [/^either (.+?) (?:is|are) (?:not present|absent)$/, (list) => absent(list, 'any')],
  [/^(.+?) (?:is|are) (?:not present|absent)$/, (list) => absent(list, 'all')],
  [/^(?:either )?(.+?) (?:is|are) (?:present|used)$/, (list) => present(list)],
  [/^@(\w{8}),? (?:is )?[Vv]alue (\d) (.+)$/, (tag, index, rest) => compare(tag, index, rest)],
  [/^[Vv]alue (\d) of @(\w{8}) (.+)$/, (index, tag, rest) => compare(tag, index, rest)],
  [/^third value of @(\w{8}) (.+)$/, (tag, rest) => compare(tag, '3', rest)],
  [/^@(\w{8}) (?:points to|includes the Tag for) @(\w{8})$/, (tag, target) => ['is', tag, 0, target]],
  [
    /^@(\w{8}) (?:contains an item with (?:the )?value|equals|Item value is) (\(.+\))$/i,
    (tag, codes) => isCode(tag, codes),
  ],
  [/^@(\w{8}) (?:has a value )?(?:is )?greater than (\d+)$/, (tag, least) => ['more', tag, Number(least)]],
  [/^@(\w{8}) is (?:non-zero|not zero)$/, (tag) => ['more', tag, 0]],
  [/^@(\w{8}) (.+)$/, (tag, rest) => compare(tag, '0', rest)],
];

function parseClause(text: string): Predicate | null {
  for (const [pattern, build] of clauses) {
    const groups = pattern.exec(text.trim());
    if (groups === null) continue;
    const predicate = build(...groups.slice(1));
    if (predicate !== null) return predicate;
  }
  return null;
}

function tagsIn(list: string): readonly string[] | null {
  return tagList.test(list)
    ? list.split(/[^@0-9a-f]+/).flatMap((tag) => (tag.startsWith('@') ? [tag.slice(1)] : []))
    : null;
}

function present(list: string): Predicate | null {
  const tags = tagsIn(list);
  if (tags === null) return null;
  return joined(
    list.includes(' and ') ? 'all' : 'any',
    tags.map((tag) => ['has', tag]),
  );
}

/** `A and B are not present`, and `A or B`: none of them; `either A or B are not present`: not both. */
function absent(list: string, operator: 'all' | 'any'): Predicate | null {
  const tags = tagsIn(list);
  return tags === null
    ? null
    : joined(
        operator,
        tags.map((tag) => ['not', ['has', tag]]),
      );
}

/** `(G-A186, SRT, "Short Axis") or (…)`: an item of the sequence has one of the codes. */
function isCode(tag: string, codes: string): Predicate | null {
  const values = codes
    .split(/ or (?=\()/)
    .map((code) => /^\(([\w-]+), \w+, "[^"]*"\)$/.exec(code.trim())?.[1]);
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? ['within', tag, ['is', '00080100', 1, ...known]] : null;
}

function joined(operator: 'all' | 'any', predicates: readonly Predicate[]): Predicate | null {
  const [first] = predicates;
  if (first === undefined) return null;
  return predicates.length === 1 ? first : [operator, ...predicates];
}

const equals =
  /^(?:is present (?:and|with) )?(?:(?:with )?a value of|(?:the )?value is|is set to|is either|and is|value|is|equals|equal to|=|has (?:a|the) value(?: of)?|has value|and equals) (.+)$/;
/** `is other than` speaks of a value that is there; `is not` holds for none as well. */
const differs =
  /^(?:is present and )?(?:is not equal to|is not|(equals other than|is other than|has a value (?:of )?other than)) (.+)$/;

function compare(tag: string, index: string, rest: string): Predicate | null {
  const [, there, other] = differs.exec(rest) ?? [];
  if (other !== undefined) {
    const values = valuesIn(other);
    if (values === null) return null;
    const not: Predicate = ['not', ['is', tag, Number(index), ...values]];
    return there === undefined ? not : ['all', ['has', tag], not];
  }
  const values = valuesIn(equals.exec(rest)?.[1] ?? '');
  return values === null ? null : ['is', tag, Number(index), ...values];
}

/** `ORIGINAL or MIXED`, `"Y"`, `SLAB, MPR`, `DF (Digitized Film)`; null where there is another word. */
function valuesIn(list: string): readonly string[] | null {
  const parts = list
    .replace(/ \([^()]*\)/g, '')
    .replace(/,? (?:or|nor) (?:equal to |to )?/g, ',')
    .split(',')
    .map((part) => part.trim().replace(/^["“](.*)["”]$/, '$1'))
    .filter((part) => part !== '');
  return parts.length > 0 && parts.every((part) => /^[A-Z0-9][A-Z0-9_ .]*$/.test(part)) ? parts : null;
}
