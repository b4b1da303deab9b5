/** Values whose type another field names: OBX-5 by OBX-2 (ch. 7), MFE-4 by MFE-5 (ch. 8). */
import { checkValue } from './fields.ts';
import { specOf, type Scope } from './scope.ts';

const typedFields: ReadonlyMap<string, { readonly type: number; readonly value: number }> = new Map([
  ['OBX', { type: 2, value: 5 }],
  ['MFE', { type: 5, value: 4 }],
]);

/** MFE-5 came with version 2.3.1; before it, MFE-4 is of one type. */
const untyped: ReadonlySet<string> = new Set(['2.1', '2.2', '2.3']);

export function checkTypedValue(
  scope: Scope,
  name: string,
  address: string,
  start: number,
  end: number,
): void {
  const fields = typedFields.get(name);
  if (fields === undefined || (name === 'MFE' && untyped.has(scope.version))) return;
  const [valueStart, valueEnd] = fieldAt(scope, start, end, fields.value);
  const [typeStart, typeEnd] = fieldAt(scope, start, end, fields.type);
  const type = scope.text.slice(typeStart, Math.min(typeEnd, typeStart + 16));
  if (type === '') {
    if (valueEnd > valueStart) reportUntyped(scope, name, address, fields);
  } else if (!scope.dictionary.hasType(type)) {
    reportUnknownType(scope, name, address, fields.type);
  } else checkRepetitions(scope, type, address, fields.value, valueStart, valueEnd);
}

function fieldAt({ text, delimiters }: Scope, start: number, end: number, field: number): [number, number] {
  let from = start + 3;
  for (let number = 0; from < end;) {
    from++;
    number++;
    let to = from;
    while (to < end && text.charCodeAt(to) !== delimiters.field) to++;
    if (number === field) return [from, to];
    from = to;
  }
  return [end, end];
}

function checkRepetitions(
  scope: Scope,
  type: string,
  segment: string,
  field: number,
  start: number,
  end: number,
): void {
  const check = scope.dictionary.check(type);
  if (check === undefined) return;
  const separator = scope.delimiters.repetition;
  let repetition = 0;
  for (let from = start; from <= end;) {
    repetition++;
    let to = from;
    while (to < end && scope.text.charCodeAt(to) !== separator) to++;
    checkValue(
      scope,
      check,
      { segment, field, repetition: to < end || repetition > 1 ? repetition : 0 },
      from,
      to,
    );
    from = to + 1;
  }
}

function reportUntyped(
  scope: Scope,
  name: string,
  address: string,
  fields: { type: number; value: number },
): void {
  const message = `${name}-${fields.value} has a value, but ${name}-${fields.type} does not say of which data type it is.`;
  const location = `${address}-${fields.type}`;
  scope.report('hl7v2/value-type', location, message, specOf(scope.version, `${name}-${fields.type}`));
}

function reportUnknownType(scope: Scope, name: string, address: string, field: number): void {
  const message = `${name}-${field} does not name a data type of this version, such as NM, ST or TX.`;
  scope.report('hl7v2/value-type', `${address}-${field}`, message, specOf(scope.version, `${name}-${field}`));
}
