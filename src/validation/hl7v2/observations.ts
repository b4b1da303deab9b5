/** Values whose type another field names: OBX-5 by OBX-2 (ch. 7), MFE-4 by MFE-5 (ch. 8). */
import { checkRepetitions, partEnd } from './fields.ts';
import { addressOf, specOf, type Scope } from './scope.ts';

const typedFields: ReadonlyMap<string, TypedField> = new Map([
  ['OBX', { type: 2, value: 5 }],
  ['MFE', { type: 5, value: 4 }],
]);

/** MFE-5 came with version 2.3.1; before it, MFE-4 is of one type. */
const untyped: ReadonlySet<string> = new Set(['2.1', '2.2', '2.3']);

interface TypedField {
  readonly type: number;
  readonly value: number;
}

/** Checks the segment where the scope's place is; its text goes from `start` to `end`. */
export function checkTypedValue(scope: Scope, start: number, end: number): void {
  const { bytes, delimiters, dictionary, place } = scope;
  const fields = typedFields.get(place.segment);
  if (fields === undefined || (place.segment === 'MFE' && untyped.has(scope.version))) return;
  const from = fieldStart(scope, start, end, fields.value);
  const to = partEnd(bytes, from, end, delimiters.field);
  const typeFrom = fieldStart(scope, start, end, fields.type);
  const typeTo = partEnd(bytes, typeFrom, end, delimiters.field);
  if (typeTo === typeFrom) {
    if (to > from) reportUntyped(scope, fields);
    return;
  }
  const type = dictionary.type(bytes, typeFrom, Math.min(typeTo, typeFrom + 16));
  place.field = fields.value;
  if (type === undefined) reportUnknownType(scope, fields);
  else if (type.check !== undefined) checkRepetitions(scope, type.check, undefined, from, to);
}

/** Where a field begins; the end of the segment where it does not have that many. */
function fieldStart({ bytes, delimiters }: Scope, start: number, end: number, field: number): number {
  let at = start + 3;
  for (let number = 1; number < field && at < end; number++)
    at = partEnd(bytes, at + 1, end, delimiters.field);
  return Math.min(at + 1, end);
}

function reportUntyped({ version, place, report }: Scope, fields: TypedField): void {
  const named = `${place.segment}-${fields.type}`;
  const message = `${place.segment}-${fields.value} has a value, but ${named} does not say of which data type it is.`;
  report('hl7v2/value-type', `${addressOf(place)}-${fields.type}`, message, specOf(version, named));
}

function reportUnknownType({ version, place, report }: Scope, fields: TypedField): void {
  const named = `${place.segment}-${fields.type}`;
  const message = `${named} does not name a data type of this version, such as NM, ST or TX.`;
  report('hl7v2/value-type', `${addressOf(place)}-${fields.type}`, message, specOf(version, named));
}
