/** The invariants of the questions of a Questionnaire, in code of ours: one has many questions, and each question nine of them. */
import { has, isObject, items, type JsonObject } from './json-object.ts';

type Holds = (element: JsonObject) => boolean;

const WITH_ANSWERS = new Set(
  'choice open-choice decimal integer date dateTime time string quantity'.split(' '),
);
const WITH_LENGTH = new Set('boolean decimal integer string text url open-choice'.split(' '));

export const questionnaireNatives: readonly (readonly [expression: string, holds: Holds])[] = [
  ['descendants().linkId.isDistinct()', hasOwnLinkIds],
  [
    "(type='group' implies item.empty().not()) and (type.trace('type')='display' implies item.trace('item').empty())",
    byType((type, item) => (type === 'group' ? has(item, 'item') : type !== 'display' || !has(item, 'item'))),
  ],
  ["type!='display' or code.empty()", byType((type, item) => type !== 'display' || !has(item, 'code'))],
  [
    "(type ='choice' or type = 'open-choice' or type = 'decimal' or type = 'integer' or type = 'date' or type = 'dateTime' or type = 'time' or type = 'string' or type = 'quantity') or (answerValueSet.empty() and answerOption.empty())",
    byType(
      (type, item) => WITH_ANSWERS.has(type) || !(has(item, 'answerValueSet') || has(item, 'answerOption')),
    ),
  ],
  [
    "type!='display' or (required.empty() and repeats.empty())",
    byType((type, item) => type !== 'display' || !(has(item, 'required') || has(item, 'repeats'))),
  ],
  [
    "(type!='group' and type!='display') or initial.empty()",
    byType((type, item) => (type !== 'group' && type !== 'display') || !has(item, 'initial')),
  ],
  [
    "type!='display' or readOnly.empty()",
    byType((type, item) => type !== 'display' || !has(item, 'readOnly')),
  ],
  [
    "(type in ('boolean' | 'decimal' | 'integer' | 'string' | 'text' | 'url' | 'open-choice')) or maxLength.empty()",
    byType((type, item) => WITH_LENGTH.has(type) || !has(item, 'maxLength')),
  ],
  [
    'repeats=true or initial.count() <= 1',
    // Of a question that does not say whether it repeats, FHIRPath says nothing.
    ({ repeats, initial }) => repeats !== false || items(initial).length <= 1,
  ],
  [
    'enableWhen.count() > 1 implies enableBehavior.exists()',
    (item) => items(item['enableWhen']).length <= 1 || has(item, 'enableBehavior'),
  ],
];

/** Without a type FHIRPath says nothing: the missing type is a finding of its own. */
function byType(holds: (type: string, item: JsonObject) => boolean): Holds {
  return (item) => typeof item['type'] !== 'string' || holds(item['type'], item);
}

function hasOwnLinkIds(questionnaire: JsonObject): boolean {
  const known = new Set<string>();
  return isEach(questionnaire, (object) => {
    const id = object['linkId'];
    return typeof id !== 'string' || known.size < known.add(id).size;
  });
}

/** Whether it holds of each object within one. The stack is ours: what is deep or wide costs no call stack. */
function isEach(root: JsonObject, holds: (object: JsonObject) => boolean): boolean {
  const open: (JsonObject | readonly unknown[])[] = [root];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (const value of Object.values(parent)) {
      if (Array.isArray(value)) open.push(value as readonly unknown[]);
      else if (isObject(value)) {
        if (!holds(value)) return false;
        open.push(value);
      }
    }
  }
  return true;
}
