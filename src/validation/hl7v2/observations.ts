/** Values whose type another field names: OBX-5 by OBX-2 (ch. 7), MFE-4 by MFE-5 (ch. 8). */
import { checkRepetitions } from './fields.ts';
import { addressOf, hasField, partEnd, specOf, type Scope } from './scope.ts';

interface TypedField {
  readonly type: number;
  readonly value: number;
  /** The first version in which the one field names the type of the other. */
  readonly since: string;
}

const typedFields: ReadonlyMap<string, TypedField> = new Map([
  ['OBX', { type: 2, value: 5, since: '2.1' }],
  ['MFE', { type: 5, value: 4, since: '2.3.1' }],
]);

/** Longer than the name of any type. */
const MOST = 16;

/** Checks the segment whose fields were checked last, and which ends at `end`. */
export function checkTypedValue(scope: Scope, end: number): void {
  const { bytes, delimiters, dictionary, place, starts } = scope;
  const fields = typedFields.get(place.segment);
  if (fields === undefined || (scope.version !== '' && scope.version < fields.since)) return;
  const hasValue = hasField(scope, fields.value, end);
  if (!hasField(scope, fields.type, end)) {
    if (hasValue) reportUntyped(scope, fields);
    return;
  }
  const from = starts[fields.type] ?? end;
  const type = dictionary.type(
    bytes,
    from,
    partEnd(bytes, from, Math.min(end, from + MOST), delimiters.field),
  );
  if (type === undefined) reportUnknownType(scope, fields);
  else if (hasValue && type.isChecked) checkTyped(scope, { value: type }, fields.value, end);
}

function checkTyped(
  scope: Scope,
  typed: Parameters<typeof checkRepetitions>[1],
  field: number,
  end: number,
): void {
  const { bytes, delimiters, place, starts } = scope;
  const from = starts[field] ?? end;
  place.field = field;
  checkRepetitions(scope, typed, from, partEnd(bytes, from, end, delimiters.field));
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
