/** One value by its data type: its form, its length, its code, and its components, down to subcomponents. */
import type { CodeList } from './code-lists.ts';
import type { Value } from './data-types.ts';
import type { Primitive } from './primitives.ts';
import { locationOf, partEnd, type Scope, specOf, valueNameOf } from './scope.ts';
import { checkUniversalId } from './universal-ids.ts';

/** 0 a field's repetition, 1 a component, 2 a subcomponent. */
type Level = 0 | 1 | 2;

/** Checks the value from `from` to `to`, which is not empty; the scope's place is at it. */
export function checkValue(scope: Scope, value: Value, from: number, to: number, level: Level): void {
  if (to - from > value.length) checkLength(scope, value, from, to);
  if (value.codes !== undefined) checkCode(scope, value, value.codes, from, to, level);
  if (value.primitive !== undefined) checkPrimitive(scope, value.primitive, value.type, from, to);
  if (value.parts.length > 0) checkParts(scope, value, from, to, level);
  else if (value.most < Infinity) checkRest(scope, value, from, to, level);
}

/** `""` says that the receiver is to delete what it has (ch. 2, 2.5.3). */
export function isDelete(bytes: Buffer, from: number, to: number): boolean {
  return to - from === 2 && bytes[from] === 34 && bytes[from + 1] === 34;
}

function checkParts(scope: Scope, value: Value, from: number, to: number, level: Level): void {
  const { bytes, delimiters, place } = scope;
  if (isDelete(bytes, from, to)) return;
  const separator = level === 0 ? delimiters.component : delimiters.subcomponent;
  const { parts } = value;
  let valued = 0;
  let start = from;
  for (let i = 0; start <= to && i < parts.length; i++) {
    const stop = partEnd(bytes, start, to, separator);
    const part = parts[i];
    if (stop > start && part !== undefined) {
      valued |= 1 << i;
      if (part.isChecked) {
        if (level === 0) place.component = i + 1;
        else place.subcomponent = i + 1;
        checkValue(scope, part, start, stop, level === 0 ? 1 : 2);
      }
    }
    start = stop + 1;
  }
  if (level === 0) place.component = 0;
  else place.subcomponent = 0;
  if ((value.required & ~valued) !== 0) reportMissing(scope, value, value.required & ~valued, level);
  const together = value.together & valued;
  if (together !== 0 && together !== value.together) reportAlone(scope, value, level);
  else if (together !== 0) checkUniversalId(scope, value, from, to, separator);
  if (start <= to) reportExtra(scope, value, start, to, level);
}

/** Components of a value that has none. */
function checkRest(scope: Scope, value: Value, from: number, to: number, level: Level): void {
  if (level === 2) return;
  const { bytes, delimiters } = scope;
  const separator = level === 0 ? delimiters.component : delimiters.subcomponent;
  let start = from;
  for (let i = 0; i < value.most; i++) {
    const stop = partEnd(bytes, start, to, separator);
    if (stop === to) return;
    start = stop + 1;
  }
  reportExtra(scope, value, start, to, level);
}

/** A primitive where the sender gave parts: its first part is the value (ch. 2, 2.8.2, on versions before and after). */
function checkPrimitive(scope: Scope, primitive: Primitive, type: string, from: number, to: number): void {
  const { bytes, place, version } = scope;
  const stop = valueEnd(scope, from, to);
  if (stop === from || primitive.matches(bytes, from, stop) || isDelete(bytes, from, stop)) return;
  const named = valueNameOf(place);
  const message = `${named} is not ${primitive.expected}.`;
  scope.report(primitive.rule, locationOf(place), message, specOf(version, named, type));
}

/** Where a value ends, at a delimiter of any kind. */
function valueEnd({ bytes, delimiters }: Scope, from: number, to: number): number {
  const { ends } = delimiters;
  let at = from;
  while (at < to && ends[bytes[at] ?? 0] === 0) at++;
  return at;
}

function checkCode(
  scope: Scope,
  value: Value,
  codes: CodeList,
  from: number,
  to: number,
  level: Level,
): void {
  const { bytes, version, place } = scope;
  const stop = valueEnd(scope, from, to);
  if (stop === from || codes.names.find(bytes, from, stop) === true || isDelete(bytes, from, stop)) return;
  if (codes.pattern?.test(bytes.toString('latin1', from, Math.min(stop, from + 16))) === true) return;
  if (value.system > 0 && namesAnotherSystem(scope, value.system, from, to, level)) return;
  const named = valueNameOf(place);
  const unless = value.system > 0 ? ', and names no other coding system' : '';
  const message = `${named} has a code that is not ${codes.origin}${unless}.`;
  scope.report(codes.rule, locationOf(place), message, specOf(version, named));
}

/** The third component of a coded value says from where the code comes; empty, it comes from the field's own table. */
function namesAnotherSystem(scope: Scope, system: number, from: number, to: number, level: Level): boolean {
  const { bytes, delimiters } = scope;
  const separator = level === 0 ? delimiters.component : delimiters.subcomponent;
  let start = from;
  for (let i = 1; i < system; i++) start = partEnd(bytes, start, to, separator) + 1;
  const stop = partEnd(bytes, Math.min(start, to), to, separator);
  return stop > start && !bytes.toString('latin1', start, stop).startsWith('HL7');
}

function checkLength(scope: Scope, { length, lengthRule }: Value, from: number, to: number): void {
  if (characters(scope, from, to) <= length) return;
  const { place, version, report } = scope;
  const named = valueNameOf(place);
  const by = lengthRule === 'hl7v2/length' ? '' : ' by the profile of the site';
  const most = length === 1 ? 'one character' : `${length} characters`;
  const message = `${named} is longer than the ${most} that it may have${by}.`;
  report(lengthRule, locationOf(place), message, specOf(version, named));
}

/** An escape sequence counts as one character, and so does one of several bytes (ch. 2, 2.5.3.2 Maximum length). */
function characters({ bytes, delimiters }: Scope, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) {
    const code = bytes[at] ?? 0;
    if (code === delimiters.escape) {
      const close = partEnd(bytes, at + 1, to, delimiters.escape);
      if (close < to) at = close;
    }
    if ((code & 0xc0) !== 0x80) count++;
  }
  return count;
}

const partNames = ['component', 'subcomponent', 'subcomponent'] as const;

function reportMissing(scope: Scope, { type }: Value, missing: number, level: Level): void {
  const { version, place, report } = scope;
  const number = 32 - Math.clz32(missing & -missing);
  const named = valueNameOf(place);
  report(
    'hl7v2/required-component',
    locationOf(place),
    `${named} has no ${partNames[level]} ${number}, which its data type requires.`,
    specOf(version, named, type),
  );
}

function reportAlone({ version, place, report }: Scope, { type, together }: Value, level: Level): void {
  const second = 32 - Math.clz32(together);
  const named = valueNameOf(place);
  report(
    'hl7v2/universal-id',
    locationOf(place),
    `${named} has one of the ${partNames[level]}s ${second - 1} and ${second} without the other: an ${type} has a universal id and its type, or neither.`,
    specOf(version, named, type),
  );
}

function reportExtra(scope: Scope, { type, most }: Value, from: number, to: number, level: Level): void {
  if (hasNothing(scope, from, to)) return;
  const { version, place, report } = scope;
  const named = valueNameOf(place);
  const [some, part] = [most === 1 ? 'one value' : `${most} ${partNames[level]}s`, partNames[level]];
  report(
    'hl7v2/extra-component',
    locationOf(place),
    `${named} has more ${part}s than its data type: ${type} has ${some}; a delimiter in text is written as an escape sequence.`,
    specOf(version, named, type),
  );
}

/** Delimiters alone: they are harmless. */
function hasNothing({ bytes, delimiters }: Scope, from: number, to: number): boolean {
  let at = from;
  while (at < to && delimiters.ends[bytes[at] ?? 0] === 1) at++;
  return at >= to;
}
