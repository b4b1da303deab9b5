/** The fields of one segment against its definition: required, repeating, withdrawn, coded, and of the right form. */
import type { Field, Segment } from './dictionary.ts';
import { isComposite, type Check, type Primitive } from './data-types.ts';
import type { Names } from './names.ts';
import { addressOf, locationOf, specOf, valueNameOf, type Scope } from './scope.ts';

/** MSH-9 and MSH-12 have rules of their own. */
const ruledElsewhere: ReadonlyMap<string, readonly number[]> = new Map([['MSH', [1, 2, 9, 12]]]);

/** Checks the segment where the scope's place is; its text goes from `start` to `end`. */
export function checkFields(scope: Scope, segment: Segment, start: number, end: number): void {
  const { bytes, delimiters, place } = scope;
  const { ends } = delimiters;
  let number = segment.isHeader ? 1 : 0;
  for (let separator = start + 3; separator < end;) {
    const from = separator + 1;
    let first = from;
    while (first < end && ends[bytes[first] ?? 0] === 0) first++;
    const to = partEnd(bytes, first, end, delimiters.field);
    place.field = ++number;
    const field = segment.fields[number - 1];
    if (field === undefined) {
      reportExtra(scope, segment, to, end, from);
      return;
    }
    if (to === from) {
      if (field.required) reportMissing(scope);
    } else if (first < to) checkField(scope, field, from, to);
    else if (field.limited) checkSingle(scope, field, from, to);
    separator = to;
  }
  for (number++; number <= segment.lastRequired; number++) {
    place.field = number;
    if (segment.fields[number - 1]?.required === true) reportMissing(scope);
  }
}

function reportMissing({ version, place, report }: Scope): void {
  const { segment, field } = place;
  if (ruledElsewhere.get(segment)?.includes(field) === true) return;
  const named = `${segment}-${field}`;
  const message = `${named} is required and has no value.`;
  report('hl7v2/required-field', `${addressOf(place)}-${field}`, message, specOf(version, named));
}

/** Content behind the last field that the version defines. Separators without anything between them are harmless. */
function reportExtra(scope: Scope, segment: Segment, to: number, end: number, from: number): void {
  if (to === from && onlySeparators(scope, to, end)) return;
  scope.report(
    'hl7v2/extra-field',
    `${addressOf(scope.place)}-${segment.fields.length + 1}`,
    `${segment.name} has more than the ${segment.fields.length} fields that this version defines; receivers ignore them.`,
    specOf(scope.version, segment.name),
  );
}

function onlySeparators({ bytes, delimiters }: Scope, from: number, end: number): boolean {
  for (let i = from; i < end; i++) if (bytes[i] !== delimiters.field) return false;
  return true;
}

/** A field of one value without parts, as most are. */
function checkSingle(scope: Scope, field: Field, from: number, to: number): void {
  if (isDelete(scope.bytes, from, to)) return;
  scope.place.repetition = 0;
  if (field.withdrawn) reportWithdrawn(scope);
  if (field.check !== undefined) checkValue(scope, field.check, from, to);
  if (field.codes !== undefined) checkCode(scope, field.codes, from, to);
}

function checkField(scope: Scope, field: Field, from: number, to: number): void {
  if (field.check === undefined && field.codes === undefined && field.max === Infinity) return;
  if (isDelete(scope.bytes, from, to)) return;
  if (field.withdrawn) {
    reportWithdrawn(scope);
    return;
  }
  const repetitions = checkRepetitions(scope, field.check, field.codes, from, to);
  if (repetitions > field.max) reportRepetition(scope, field);
}

/** Checks each repetition of a value, and tells how many there are. */
export function checkRepetitions(
  scope: Scope,
  check: Check | undefined,
  codes: Names<true> | undefined,
  from: number,
  to: number,
): number {
  const { bytes, delimiters, place } = scope;
  let repetition = 0;
  for (let start = from; start <= to;) {
    repetition++;
    const stop = partEnd(bytes, start, to, delimiters.repetition);
    place.repetition = stop < to || repetition > 1 ? repetition : 0;
    if (check !== undefined) checkValue(scope, check, start, stop);
    if (codes !== undefined) checkCode(scope, codes, start, stop);
    start = stop + 1;
  }
  return repetition;
}

/** `""` says that the receiver is to delete what it has (ch. 2, 2.5.3). */
function isDelete(bytes: Buffer, from: number, to: number): boolean {
  return to - from === 2 && bytes[from] === 34 && bytes[from + 1] === 34;
}

/** Checks one repetition. Components beyond the known ones are not looked at. */
function checkValue(scope: Scope, check: Check, from: number, to: number): void {
  const { bytes, delimiters, place } = scope;
  place.component = 0;
  place.subcomponent = 0;
  if (!isComposite(check)) {
    checkPrimitive(scope, check, from, to);
    return;
  }
  let start = from;
  for (const part of check.parts) {
    if (start > to) break;
    const stop = partEnd(bytes, start, to, delimiters.component);
    place.component++;
    if (part !== undefined && stop > start) checkComponent(scope, part, start, stop);
    start = stop + 1;
  }
  place.component = 0;
}

function checkComponent(scope: Scope, check: Check, from: number, to: number): void {
  const { bytes, delimiters, place } = scope;
  if (!isComposite(check)) {
    checkPrimitive(scope, check, from, to);
    return;
  }
  let start = from;
  for (const part of check.parts) {
    if (start > to) break;
    const stop = partEnd(bytes, start, to, delimiters.subcomponent);
    place.subcomponent++;
    if (part !== undefined && !isComposite(part)) checkPrimitive(scope, part, start, stop);
    start = stop + 1;
  }
  place.subcomponent = 0;
}

/** A primitive where the sender gave parts: its first part is the value (ch. 2, 2.8.2, on versions before and after). */
function checkPrimitive(scope: Scope, check: Primitive, from: number, to: number): void {
  const { bytes, place, version } = scope;
  const stop = valueEnd(scope, from, to);
  if (stop === from || check.matches(bytes, from, stop) || isDelete(bytes, from, stop)) return;
  const named = valueNameOf(place);
  scope.report(check.rule, locationOf(place), `${named} is not ${check.expected}.`, specOf(version, named));
}

/** Where a value ends, at a delimiter of any kind. */
function valueEnd({ bytes, delimiters }: Scope, from: number, to: number): number {
  const { ends } = delimiters;
  let at = from;
  while (at < to && ends[bytes[at] ?? 0] === 0) at++;
  return at;
}

export function partEnd(bytes: Buffer, from: number, to: number, separator: number): number {
  let at = from;
  while (at < to && bytes[at] !== separator) at++;
  return at;
}

function checkCode(scope: Scope, codes: Names<true>, from: number, to: number): void {
  const { bytes, delimiters, version, place } = scope;
  const stop = partEnd(bytes, from, to, delimiters.component);
  if (stop === from || codes.find(bytes, from, stop) === true || isDelete(bytes, from, stop)) return;
  const named = valueNameOf(place);
  const message = `${named} has a code that is not in its HL7 table.`;
  scope.report('hl7v2/code', locationOf(place), message, specOf(version, named));
}

function reportWithdrawn({ version, place, report }: Scope): void {
  place.repetition = 0;
  const named = valueNameOf(place);
  const message = `${named} is withdrawn from this version and has to be empty.`;
  report('hl7v2/withdrawn-field', locationOf(place), message, specOf(version, named));
}

function reportRepetition({ version, place, report }: Scope, { max }: Field): void {
  const named = valueNameOf(place);
  const message = `${named} repeats more often than it may: at most ${max === 1 ? 'once' : `${max} times`}.`;
  report('hl7v2/field-repetition', locationOf(place), message, specOf(version, named));
}
