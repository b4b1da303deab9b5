/** Universal ids by their type: the forms that an HD and an EI name (ch. 2A, HD; HL7 table 0301). */
import type { Value } from './data-types.ts';
import { locationOf, partEnd, type Scope, specOf, valueNameOf } from './scope.ts';

interface Form {
  readonly expected: string;
  readonly pattern: RegExp;
}

const uuid: Form = {
  expected: 'a UUID such as 123e4567-e89b-42d3-a456-426614174000',
  pattern: /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i,
};

/** Types of which the standard says how their ids look; the others are a site's own, or text. */
const forms: ReadonlyMap<string, Form> = new Map([
  [
    'ISO',
    { expected: 'an object identifier such as 2.16.840.1.113883', pattern: /^[0-2](?:\.(?:0|[1-9]\d*))+$/ },
  ],
  ['UUID', uuid],
  ['GUID', uuid],
  ['DNS', { expected: 'an Internet name such as hospital.example.org', pattern: /^[\w-]+(?:\.[\w-]+)*$/ }],
]);

/** Longer than any id, and than any of these types. */
const [MOST, MOST_TYPE] = [256, 8];

/** Checks the universal id of the HD or EI from `from` to `to`, which has one and its type. */
export function checkUniversalId(
  scope: Scope,
  { type, together }: Value,
  from: number,
  to: number,
  separator: number,
): void {
  const { bytes } = scope;
  const number = 31 - Math.clz32(together);
  let start = from;
  for (let part = 1; part < number; part++) start = partEnd(bytes, start, to, separator) + 1;
  const stop = partEnd(bytes, start, to, separator);
  const typeEnd = Math.min(partEnd(bytes, stop + 1, to, separator), stop + 1 + MOST_TYPE);
  const form = forms.get(bytes.toString('latin1', stop + 1, typeEnd));
  if (form?.pattern.test(bytes.toString('latin1', start, Math.min(stop, start + MOST))) !== false) return;
  reportForm(scope, form, type, number);
}

function reportForm(
  { place, version, report }: Scope,
  { expected }: Form,
  type: string,
  number: number,
): void {
  const level = place.component === 0 ? 'component' : 'subcomponent';
  const naming = `${valueNameOf(place)}.${number + 1}`;
  place[level] = number;
  const named = valueNameOf(place);
  const message = `${named} has not the form of the type that ${naming} names: ${expected} is expected.`;
  report('hl7v2/universal-id-form', locationOf(place), message, specOf(version, named, type));
  place[level] = 0;
}
