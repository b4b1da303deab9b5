/** The links between the questions of a Questionnaire (R4, questionnaire.html). */
import type { ElementDefinition } from './definitions.ts';
import { isObject, items, type JsonObject, objects, textOf } from './json-object.ts';
import type { Scope } from './scope.ts';

/** A condition names a question of the same questionnaire, and not the one that it is about. */
export function checkQuestionnaire(
  questionnaire: JsonObject,
  _definition: ElementDefinition | null,
  { findings }: Scope,
): void {
  const known = new Set<string>();
  collect(questionnaire, known);
  checkItems(questionnaire, known, findings);
}

function collect(parent: JsonObject, known: Set<string>): void {
  for (const item of objects(parent['item'])) {
    const id = textOf(item['linkId']);
    if (id !== undefined) known.add(id);
    collect(item, known);
  }
}

function checkItems(parent: JsonObject, known: ReadonlySet<string>, findings: Scope['findings']): void {
  findings.enter('item');
  for (const [index, item] of items(parent['item']).entries()) {
    if (!isObject(item)) continue;
    findings.enter(index);
    for (const { question } of objects(item['enableWhen'])) checkCondition(question, item, known, findings);
    checkItems(item, known, findings);
    findings.leave();
  }
  findings.leave();
}

function checkCondition(
  question: unknown,
  item: JsonObject,
  known: ReadonlySet<string>,
  findings: Scope['findings'],
): void {
  if (typeof question !== 'string') return;
  const path = 'Questionnaire.item.enableWhen.question';
  if (!known.has(question)) {
    findings.addAt(
      'enableWhen',
      'fhir/questionnaire',
      'The condition names a question that is not there.',
      path,
    );
  } else if (question === item['linkId']) {
    findings.addAt(
      'enableWhen',
      'fhir/questionnaire',
      'The condition of a question is its own answer.',
      path,
    );
  }
}
