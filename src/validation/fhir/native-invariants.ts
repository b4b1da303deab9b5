/**
 * Invariants of the types that come most often, in code of ours: by the expression that they stand for. A test holds each
 * to what FHIRPath says about it.
 */
import { endsAfter } from './dates.ts';
import { choiceOf, has, isObject, items, type JsonObject, objects, textOf } from './json-object.ts';
import { questionnaireNatives } from './native-questionnaire.ts';
import type { Scope } from './scope.ts';

type Holds = (element: JsonObject, scope: Scope) => boolean;

const CLINICAL = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const CONDITION_STATUS = 'http://terminology.hl7.org/CodeSystem/condition-ver-status';
const ALLERGY_STATUS = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification';
const UCUM = 'http://unitsofmeasure.org';
/** Meals themselves: an offset is from before or after one. */
const MEALS = new Set(['C', 'CM', 'CD', 'CV']);

export const natives: ReadonlyMap<string, Holds> = new Map<string, Holds>([
  ...questionnaireNatives,

  ['contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()', noVersionContained],
  ['contained.meta.security.empty()', (resource) => !metas(resource).some((meta) => has(meta, 'security'))],
  ['text.`div`.exists()', hasNarrative],

  ['data.empty() or contentType.exists()', needs('data', 'contentType')],
  ['value.empty() or system.exists()', needs('value', 'system')],
  ['code.empty() or system.exists()', needs('code', 'system')],
  ['(numerator.exists() = denominator.exists()) and (numerator.exists() or extension.exists())', isRatio],
  ['expression.exists() or reference.exists()', anyOf('expression', 'reference')],
  [
    'start.hasValue().not() or end.hasValue().not() or (start.highBoundary() <= end.highBoundary())',
    ({ start, end }) => !endsAfter(start, end),
  ],
  ['low.value.empty() or high.value.empty() or low.code != high.code or low.value <= high.value', isRange],
  ['code.exists() implies ((system = %ucum) and value.exists())', isUcumWithValue],
  ['duration.empty() or durationUnit.exists()', needs('duration', 'durationUnit')],
  ['period.empty() or periodUnit.exists()', needs('period', 'periodUnit')],
  ['duration.exists() implies duration >= 0', notNegative('duration')],
  ['period.exists() implies period >= 0', notNegative('period')],
  ['periodMax.empty() or period.exists()', needs('periodMax', 'period')],
  ['durationMax.empty() or duration.exists()', needs('durationMax', 'duration')],
  ['countMax.empty() or count.exists()', needs('countMax', 'count')],
  ['timeOfDay.empty() or when.empty()', (timing) => !has(timing, 'timeOfDay') || !has(timing, 'when')],
  [
    "offset.empty() or (when.exists() and when.select($this in ('C' | 'CM' | 'CD' | 'CV')).allFalse())",
    (timing) =>
      !has(timing, 'offset') ||
      (has(timing, 'when') && !items(timing['when']).some((when) => MEALS.has(String(when)))),
  ],

  ['name.exists() or telecom.exists() or address.exists() or organization.exists()', isContact],
  ['(identifier.count() + name.count()) > 0', anyOf('identifier', 'name')],
  ["where(use = 'home').empty()", ({ use }) => use !== 'home'],
  ['dataAbsentReason.empty() or value.empty()', absentOrValue],
  [
    'value.empty() or component.code.where(coding.intersect(%resource.code.coding).exists()).empty()',
    ownComponentCodes,
  ],
  ['low.exists() or high.exists() or text.exists()', anyOf('low', 'high', 'text')],
  ['summary.exists() or assessment.exists()', anyOf('summary', 'assessment')],
  ['code.exists() or detail.exists()', anyOf('code', 'detail')],
  [
    'detail.empty() or reference.empty()',
    (activity) => !has(activity, 'detail') || !has(activity, 'reference'),
  ],
  ['text.exists() or entry.exists() or section.exists()', anyOf('text', 'entry', 'section')],
  [
    'emptyReason.empty() or entry.empty()',
    (section) => !has(section, 'emptyReason') || !has(section, 'entry'),
  ],
  ['orderDetail.empty() or code.exists()', needs('orderDetail', 'code')],
  [
    'dose.exists() or rate.exists()',
    (dosage) => has(dosage, 'dose') || choiceOf(dosage, 'rate') !== undefined,
  ],
  ['documentType.exists() or reference.exists()', anyOf('documentType', 'reference')],
  [
    "abatement.empty() or clinicalStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-clinical' and (code='resolved' or code='remission' or code='inactive')).exists()",
    (condition) =>
      choiceOf(condition, 'abatement') === undefined ||
      ['resolved', 'remission', 'inactive'].some((code) =>
        isCoded(condition['clinicalStatus'], CLINICAL, code),
      ),
  ],
  [
    "verificationStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-ver-status' and code='entered-in-error').empty() or clinicalStatus.empty()",
    (condition) =>
      !isCoded(condition['verificationStatus'], CONDITION_STATUS, 'entered-in-error') ||
      !has(condition, 'clinicalStatus'),
  ],
  [
    "verificationStatus.coding.where(system = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification' and code = 'entered-in-error').exists() or clinicalStatus.exists()",
    (allergy) =>
      isCoded(allergy['verificationStatus'], ALLERGY_STATUS, 'entered-in-error') ||
      has(allergy, 'clinicalStatus'),
  ],
  [
    "verificationStatus.coding.where(system = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification' and code = 'entered-in-error').empty() or clinicalStatus.empty()",
    (allergy) =>
      !isCoded(allergy['verificationStatus'], ALLERGY_STATUS, 'entered-in-error') ||
      !has(allergy, 'clinicalStatus'),
  ],
  [
    'probability.ofType(decimal).all($this <= 100)',
    ({ probabilityDecimal }) => !isMoreThan(probabilityDecimal, 100),
  ],
  ["operator = 'exists' implies answer.ofType(boolean).exists()", isExistsCondition],
  ["empty() or ($this = '*') or (toInteger() >= 0)", () => true],

  ["total.empty() or (type = 'searchset') or (type = 'history')", onlyIn('total', 'searchset', 'history')],
  ["entry.search.empty() or (type = 'searchset')", searchOnlyInSearchset],
  [
    "(type = 'history') or entry.where(fullUrl.exists()).select(fullUrl&resource.meta.versionId).isDistinct()",
    ownFullUrls,
  ],
  [
    "entry.all(request.exists() = (%resource.type = 'batch' or %resource.type = 'transaction' or %resource.type = 'history'))",
    entriesHave('request', 'batch', 'transaction', 'history'),
  ],
  [
    "entry.all(response.exists() = (%resource.type = 'batch-response' or %resource.type = 'transaction-response' or %resource.type = 'history'))",
    entriesHave('response', 'batch-response', 'transaction-response', 'history'),
  ],
  [
    "type = 'document' implies (identifier.system.exists() and identifier.value.exists())",
    ({ type, identifier }) =>
      type !== 'document' || (isObject(identifier) && has(identifier, 'system') && has(identifier, 'value')),
  ],
  [
    "type = 'document' implies (timestamp.hasValue())",
    ({ type, timestamp }) => type !== 'document' || timestamp !== undefined,
  ],
  ["type = 'document' implies entry.first().resource.is(Composition)", beginsWith('document', 'Composition')],
  [
    "type = 'message' implies entry.first().resource.is(MessageHeader)",
    beginsWith('message', 'MessageHeader'),
  ],
  ['resource.exists() or request.exists() or response.exists()', anyOf('resource', 'request', 'response')],
  ["fullUrl.exists() implies fullUrl.contains('/_history/').not()", isVersionless],
]);

/** que-7. */
function isExistsCondition(condition: JsonObject): boolean {
  return condition['operator'] !== 'exists' || has(condition, 'answerBoolean');
}

function anyOf(...names: readonly string[]): Holds {
  return (element) => names.some((name) => has(element, name));
}

function needs(name: string, other: string): Holds {
  return (element) => !has(element, name) || has(element, other);
}

function notNegative(name: string): Holds {
  return (element) => {
    const value = element[name];
    return typeof value !== 'number' || value >= 0;
  };
}

function isMoreThan(value: unknown, limit: number): boolean {
  return typeof value === 'number' && value > limit;
}

function metas(resource: JsonObject): JsonObject[] {
  return objects(resource['contained'])
    .map(({ meta }) => meta)
    .filter(isObject);
}

function noVersionContained(resource: JsonObject): boolean {
  return !metas(resource).some((meta) => has(meta, 'versionId') || has(meta, 'lastUpdated'));
}

/** dom-6. */
function hasNarrative({ text }: JsonObject): boolean {
  return isObject(text) && has(text, 'div');
}

function isRatio(ratio: JsonObject): boolean {
  const has1 = has(ratio, 'numerator');
  return has1 === has(ratio, 'denominator') && (has1 || has(ratio, 'extension'));
}

function isRange({ low, high }: JsonObject): boolean {
  if (!isObject(low) || !isObject(high) || low['code'] !== high['code']) return true;
  const [least, most] = [low['value'], high['value']];
  return typeof least !== 'number' || typeof most !== 'number' || least <= most;
}

function isUcumWithValue(quantity: JsonObject): boolean {
  return !has(quantity, 'code') || (quantity['system'] === UCUM && has(quantity, 'value'));
}

function isContact(contact: JsonObject): boolean {
  return ['name', 'telecom', 'address', 'organization'].some((name) => has(contact, name));
}

function absentOrValue(observation: JsonObject): boolean {
  return !has(observation, 'dataAbsentReason') || choiceOf(observation, 'value') === undefined;
}

/** obs-7: a component does not repeat the code of the observation, where that has a value itself. */
function ownComponentCodes(observation: JsonObject, { resource }: Scope): boolean {
  if (!Object.hasOwn(observation, 'component') || choiceOf(observation, 'value') === undefined) return true;
  const own = codingsOf(resource['code']);
  return !objects(observation['component']).some(({ code }) =>
    codingsOf(code).some((coding) => own.some((other) => isSameCoding(coding, other))),
  );
}

function codingsOf(concept: unknown): readonly JsonObject[] {
  return isObject(concept) ? objects(concept['coding']) : [];
}

function isSameCoding(a: JsonObject, b: JsonObject): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function isCoded(concept: unknown, system: string, code: string): boolean {
  return codingsOf(concept).some((coding) => coding['system'] === system && coding['code'] === code);
}

function onlyIn(name: string, ...types: readonly string[]): Holds {
  return (bundle) => !has(bundle, name) || types.includes(textOf(bundle['type']) ?? '');
}

function searchOnlyInSearchset({ type, entry }: JsonObject): boolean {
  return type === 'searchset' || !objects(entry).some((one) => has(one, 'search'));
}

function entriesHave(name: string, ...types: readonly string[]): Holds {
  return ({ type, entry }) => {
    const expected = types.includes(textOf(type) ?? '');
    return objects(entry).every((one) => has(one, name) === expected);
  };
}

function ownFullUrls({ type, entry }: JsonObject): boolean {
  if (type === 'history') return true;
  const urls = objects(entry)
    .filter((one) => typeof one['fullUrl'] === 'string')
    .map((one) => `${textOf(one['fullUrl']) ?? ''} ${versionOf(one['resource'])}`);
  return new Set(urls).size === urls.length;
}

function versionOf(resource: unknown): string {
  const meta = isObject(resource) ? resource['meta'] : undefined;
  return isObject(meta) ? (textOf(meta['versionId']) ?? '') : '';
}

function beginsWith(bundleType: string, resourceType: string): Holds {
  return ({ type, entry }) => {
    const first = items(entry)[0];
    const resource = isObject(first) ? first['resource'] : undefined;
    return type !== bundleType || (isObject(resource) && resource['resourceType'] === resourceType);
  };
}

function isVersionless({ fullUrl }: JsonObject): boolean {
  return typeof fullUrl !== 'string' || !fullUrl.includes('/_history/');
}
