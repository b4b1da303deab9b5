/** The fields of one segment against its definition: required, repeating, withdrawn, coded, and of the right form. */
import type { Field, Segment } from './dictionary.ts';
import { isComposite, type Check, type Primitive } from './data-types.ts';
import { specOf, type Scope } from './scope.ts';

/** MSH-9 and MSH-12 have rules of their own. */
const ruledElsewhere: ReadonlyMap<string, readonly number[]> = new Map([['MSH', [1, 2, 9, 12]]]);

/** The header segments, whose first separator is itself a field (ch. 2, 2.15.9). */
export const isHeaderSegment = (name: string): boolean => name === 'MSH' || name === 'BHS' || name === 'FHS';

/** Where a value lies; positions count from 1, and 0 stands for "not narrowed down". */
interface Place {
  readonly segment: string;
  readonly field: number;
  repetition: number;
}

/** `address` is the segment's, such as `OBX[2]`; its text goes from `start` to `end`. */
export function checkFields(
  scope: Scope,
  segment: Segment,
  address: string,
  start: number,
  end: number,
): void {
  const { text, delimiters } = scope;
  const header = isHeaderSegment(segment.name);
  let number = header ? 1 : 0;
  let separator = start + 3;
  while (separator < end) {
    number++;
    const from = separator + 1;
    let to = from;
    while (to < end && text.charCodeAt(to) !== delimiters.field) to++;
    const field = segment.fields[number - 1];
    if (field === undefined) {
      reportExtra(scope, segment, address, to, end, from);
      return;
    }
    if (to > from) {
      if (!header || number > 2) checkField(scope, field, address, number, from, to);
    } else if (field.required) reportMissing(scope, segment, address, number);
    separator = to;
  }
  for (number++; number <= segment.fields.length; number++) {
    if (segment.fields[number - 1]?.required === true) reportMissing(scope, segment, address, number);
  }
}

function reportMissing(scope: Scope, { name }: Segment, address: string, field: number): void {
  if (ruledElsewhere.get(name)?.includes(field) === true) return;
  const place = `${name}-${field}`;
  scope.report(
    'hl7v2/required-field',
    `${address}-${field}`,
    `${place} is required and has no value.`,
    specOf(scope.version, place),
  );
}

/** Content behind the last field that the version defines. Separators without anything between them are harmless. */
function reportExtra(
  scope: Scope,
  segment: Segment,
  address: string,
  to: number,
  end: number,
  from: number,
): void {
  if (to === from && onlySeparators(scope, to, end)) return;
  scope.report(
    'hl7v2/extra-field',
    `${address}-${segment.fields.length + 1}`,
    `${segment.name} has more than the ${segment.fields.length} fields that this version defines; receivers ignore them.`,
    specOf(scope.version, segment.name),
  );
}

function onlySeparators({ text, delimiters }: Scope, from: number, end: number): boolean {
  for (let i = from; i < end; i++) if (text.charCodeAt(i) !== delimiters.field) return false;
  return true;
}

function checkField(
  scope: Scope,
  field: Field,
  segment: string,
  number: number,
  from: number,
  to: number,
): void {
  if (field.check === undefined && field.codes === undefined && field.max === Infinity) return;
  if (isDelete(scope.text, from, to)) return;
  const place: Place = { segment, field: number, repetition: 0 };
  if (field.withdrawn) {
    reportWithdrawn(scope, place);
    return;
  }
  let repetition = 0;
  for (let start = from; start <= to;) {
    repetition++;
    let stop = start;
    while (stop < to && scope.text.charCodeAt(stop) !== scope.delimiters.repetition) stop++;
    place.repetition = stop < to || repetition > 1 ? repetition : 0;
    if (field.check !== undefined) checkValue(scope, field.check, place, start, stop);
    if (field.codes !== undefined) checkCode(scope, field.codes, place, start, stop);
    start = stop + 1;
  }
  if (repetition > field.max) reportRepetition(scope, field, place);
}

/** `""` says that the receiver is to delete what it has (ch. 2, 2.5.3). */
function isDelete(text: string, from: number, to: number): boolean {
  return to - from === 2 && text.charCodeAt(from) === 34 && text.charCodeAt(from + 1) === 34;
}

/** Checks one repetition, component or subcomponent. Components beyond the known ones are not looked at. */
export function checkValue(scope: Scope, check: Check, place: Place, from: number, to: number): void {
  if (!isComposite(check)) {
    checkPrimitive(scope, check, place, from, to, '');
    return;
  }
  let start = from;
  for (let i = 0; i < check.parts.length && start <= to; i++) {
    const stop = partEnd(scope.text, start, to, scope.delimiters.component);
    const part = check.parts[i];
    if (part !== undefined && stop > start) checkComponent(scope, part, place, start, stop, i + 1);
    start = stop + 1;
  }
}

function checkComponent(
  scope: Scope,
  check: Check,
  place: Place,
  from: number,
  to: number,
  component: number,
): void {
  if (!isComposite(check)) {
    checkPrimitive(scope, check, place, from, to, `.${component}`);
    return;
  }
  let start = from;
  for (let i = 0; i < check.parts.length && start <= to; i++) {
    const stop = partEnd(scope.text, start, to, scope.delimiters.subcomponent);
    const part = check.parts[i];
    if (part !== undefined && !isComposite(part)) {
      checkPrimitive(scope, part, place, start, stop, `.${component}.${i + 1}`);
    }
    start = stop + 1;
  }
}

/** A primitive where the sender gave parts: its first part is the value (ch. 2, 2.8.2, on versions before and after). */
function checkPrimitive(
  scope: Scope,
  check: Primitive,
  place: Place,
  from: number,
  to: number,
  part: string,
): void {
  const { text, delimiters } = scope;
  const stop = partEnd(text, from, partEnd(text, from, to, delimiters.component), delimiters.subcomponent);
  if (stop === from || isDelete(text, from, stop) || check.matches(text, from, stop)) return;
  const named = `${place.segment.slice(0, 3)}-${place.field}${part}`;
  scope.report(
    check.rule,
    locationOf(place, part),
    `${named} is not ${check.expected}.`,
    specOf(scope.version, named),
  );
}

function partEnd(text: string, from: number, to: number, separator: number): number {
  let at = from;
  while (at < to && text.charCodeAt(at) !== separator) at++;
  return at;
}

function checkCode(scope: Scope, codes: ReadonlySet<string>, place: Place, from: number, to: number): void {
  const { text, delimiters } = scope;
  const stop = partEnd(text, from, to, delimiters.component);
  if (stop === from || isDelete(text, from, stop) || codes.has(text.slice(from, stop))) return;
  const named = `${place.segment.slice(0, 3)}-${place.field}`;
  const message = `${named} has a code that is not in its HL7 table.`;
  scope.report('hl7v2/code', locationOf(place, ''), message, specOf(scope.version, named));
}

function reportWithdrawn(scope: Scope, place: Place): void {
  const named = `${place.segment.slice(0, 3)}-${place.field}`;
  const message = `${named} is withdrawn from this version and has to be empty.`;
  scope.report('hl7v2/withdrawn-field', locationOf(place, ''), message, specOf(scope.version, named));
}

function reportRepetition(scope: Scope, field: Field, place: Place): void {
  const named = `${place.segment.slice(0, 3)}-${place.field}`;
  const often = field.max === 1 ? 'once' : `${field.max} times`;
  const message = `${named} repeats more often than it may: at most ${often}.`;
  scope.report('hl7v2/field-repetition', locationOf(place, ''), message, specOf(scope.version, named));
}

/** `PID-3[1].5`; the repetition is left out where the field has one and nothing in it is named. */
function locationOf({ segment, field, repetition }: Place, part: string): string {
  const index = repetition > 0 ? `[${repetition}]` : part === '' ? '' : '[1]';
  return `${segment}-${field}${index}${part}`;
}
