/** The fields of one segment against its definition: required, repeating, withdrawn, and each value by its data type. */
import type { Field, Segment } from './dictionary.ts';
import { addressOf, locationOf, partEnd, type Scope, specOf, valueNameOf } from './scope.ts';
import { checkValue, isDelete } from './values.ts';

/**
 * Checks the segment where the scope's place is; its text goes from `start` to `end`. Leaves in the scope where each field
 * begins.
 */
export function checkFields(scope: Scope, segment: Segment, start: number, end: number): void {
  const { bytes, delimiters, place, starts } = scope;
  const { ends } = delimiters;
  let number = segment.isHeader ? 1 : 0;
  for (let separator = start + 3; separator < end;) {
    const from = separator + 1;
    let first = from;
    while (first < end && ends[bytes[first] ?? 0] === 0) first++;
    const to = partEnd(bytes, first, end, delimiters.field);
    place.field = ++number;
    starts[number] = from;
    const field = segment.fields[number - 1];
    if (field === undefined) {
      reportExtra(scope, segment, from, end);
      break;
    }
    if (to === from) {
      if (field.missing !== undefined) reportMissing(scope, field.missing);
    } else if (first < to) checkField(scope, field, from, to);
    else if (field.isChecked) checkSingle(scope, field, from, to);
    separator = to;
  }
  scope.last = number;
  for (number++; number <= segment.lastRequired; number++) {
    place.field = number;
    const missing = segment.fields[number - 1]?.missing;
    if (missing !== undefined) reportMissing(scope, missing);
  }
}

function reportMissing({ version, place, report }: Scope, rule: string): void {
  const { segment, field } = place;
  const named = `${segment}-${field}`;
  const by = rule === 'hl7v2/required-field' ? 'required' : 'required by the profile of the site';
  report(rule, `${addressOf(place)}-${field}`, `${named} is ${by} and has no value.`, specOf(version, named));
}

/** Content behind the last field that the version defines. Separators without anything between them are harmless. */
function reportExtra(scope: Scope, segment: Segment, from: number, end: number): void {
  if (onlySeparators(scope, from, end)) return;
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
  else checkValue(scope, field.value, from, to, 0);
}

function checkField(scope: Scope, field: Field, from: number, to: number): void {
  if (!field.isChecked && field.missing === undefined && field.max === Infinity) return;
  if (isBlank(scope, from, to)) {
    if (field.missing !== undefined) reportMissing(scope, field.missing);
    return;
  }
  if (field.withdrawn) {
    reportWithdrawn(scope);
    return;
  }
  const repetitions = checkRepetitions(scope, field, from, to);
  if (repetitions > field.max) reportRepetition(scope, field);
}

/** Nothing but delimiters: as good as empty. */
function isBlank({ bytes, delimiters }: Scope, from: number, to: number): boolean {
  let at = from;
  while (at < to && delimiters.ends[bytes[at] ?? 0] === 1) at++;
  return at === to;
}

/** Checks each repetition of a value, and tells how many there are. */
export function checkRepetitions(
  scope: Scope,
  { value }: Pick<Field, 'value'>,
  from: number,
  to: number,
): number {
  const { bytes, delimiters, place } = scope;
  let repetition = 0;
  for (let start = from; start <= to;) {
    repetition++;
    const stop = partEnd(bytes, start, to, delimiters.repetition);
    place.repetition = stop < to || repetition > 1 ? repetition : 0;
    if (stop > start && value.isChecked) checkValue(scope, value, start, stop, 0);
    start = stop + 1;
  }
  return repetition;
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
