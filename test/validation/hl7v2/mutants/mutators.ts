/** The classes of mutation: each makes one thing wrong in a message that was right, or finds nothing to make wrong. */
import {
  type FieldPlace,
  fieldsOf,
  type Message,
  nameOf,
  namesOf,
  type Segment,
  withField,
  withSegments,
} from './message.ts';
import type { Random } from './random.ts';
import { codesOf, componentsOf, type Described, fieldOf, isInOrder } from './standard.ts';

export interface Mutant {
  readonly message: Message;
  /** Where an issue is expected: a beginning of its location, empty for anywhere. */
  readonly at: string;
}

export type Mutator = (message: Message, random: Random) => Mutant | undefined;

export const mutators: ReadonlyMap<string, Mutator> = new Map([
  ['missing required segment', missingSegment],
  ['missing required field', missingField],
  ['swapped order', swappedOrder],
  ['illegal repetition', illegalRepetition],
  ['bad date', badDate],
  ['bad number', badNumber],
  ['code not in table', badCode],
  ['too long', tooLong],
  ['unknown event', unknownEvent],
  ['missing component', missingComponent],
  ['wrong encoding characters', wrongEncoding],
  ['stray segment', straySegment],
]);

const isOrdered = (message: Message): boolean =>
  isInOrder(message.version, message.structure, namesOf(message));

/** All segments of one name are left out, where the structure cannot be without them. */
function missingSegment(message: Message, random: Random): Mutant | undefined {
  const names = [...new Set(namesOf(message))].filter((name) => name !== 'MSH');
  const without = names
    .map((name) =>
      withSegments(
        message,
        message.segments.filter((segment) => nameOf(segment) !== name),
      ),
    )
    .filter((left) => !isOrdered(left));
  return anywhere(random.pick(without));
}

function swappedOrder(message: Message, random: Random): Mutant | undefined {
  const swapped = message.segments
    .slice(1, -1)
    .map((segment, i) => swap(message, segment, i + 1))
    .filter((left) => !isOrdered(left));
  return anywhere(random.pick(swapped));
}

function swap(message: Message, segment: Segment, row: number): Message {
  const next = message.segments[row + 1] ?? segment;
  return withSegments(message, message.segments.with(row, next).with(row + 1, segment));
}

/** Segments that belong elsewhere, one that no version has, and a line that is none. */
const strays = [
  'RXA|0|1|2026|2026|08^Hep B^CVX|1',
  'ACC|20260410',
  'ODS|D',
  'QQQ|1|what',
  'RGS|1',
  'lost line',
];

function straySegment(message: Message, random: Random): Mutant | undefined {
  const row = 1 + random.below(message.segments.length);
  const stray = random.pick(strays)?.split('|') ?? [];
  const grown = withSegments(message, message.segments.toSpliced(row, 0, stray));
  return isOrdered(grown) ? undefined : anywhere(grown);
}

function anywhere(message: Message | undefined): Mutant | undefined {
  return message === undefined ? undefined : { message, at: '' };
}

/** Fields with a value that the standard describes in a certain way. */
function placesWhere(
  message: Message,
  isMeant: (field: Described, place: FieldPlace) => boolean,
): FieldPlace[] {
  return fieldsOf(message).filter((place) => {
    const field = fieldOf(message.version, place.segment, place.field);
    return field !== undefined && field.datatype !== '' && isMeant(field, place);
  });
}

function missingField(message: Message, random: Random): Mutant | undefined {
  const place = random.pick(placesWhere(message, ({ opt }) => opt === 2));
  return place && changed(message, place, '');
}

function illegalRepetition(message: Message, random: Random): Mutant | undefined {
  if (random.below(4) === 0) return repeatedSegment(message, random);
  const place = random.pick(placesWhere(message, ({ rep }) => rep === 1));
  return place && changed(message, place, `${place.value}~${place.value}`);
}

function repeatedSegment(message: Message, random: Random): Mutant | undefined {
  const row = 1 + random.below(message.segments.length - 1);
  const segment = message.segments[row] ?? [];
  const grown = withSegments(message, message.segments.toSpliced(row, 0, segment));
  return isOrdered(grown) ? undefined : anywhere(grown);
}

const badDates = [
  '20261301',
  '20260230',
  '2026-03-14',
  '99999999',
  'yesterday',
  '202',
  '20260314T12',
  '14/03/2026',
  '2026031425',
];
const times = new Set(['DT', 'DTM', 'TS']);

function badDate(message: Message, random: Random): Mutant | undefined {
  const place = random.pick([
    ...placesWhere(message, ({ datatype }) => times.has(datatype)),
    ...observed(message, 'DT'),
  ]);
  return place && changed(message, place, random.pick(badDates) ?? '');
}

const badNumbers = ['twelve', '1,5', '1.2.3', '--5', '5 kg', '1e3', '<5', 'O1'];
const numbers = new Set(['NM', 'SI']);

function badNumber(message: Message, random: Random): Mutant | undefined {
  const place = random.pick([
    ...placesWhere(message, ({ datatype }) => numbers.has(datatype)),
    ...observed(message, 'NM'),
  ]);
  return place && changed(message, place, random.pick(badNumbers) ?? '');
}

/** OBX-5 where OBX-2 names the type. */
function observed(message: Message, type: string): FieldPlace[] {
  return fieldsOf(message).filter(
    ({ row, segment, field }) => segment === 'OBX' && field === 5 && message.segments[row]?.[2] === type,
  );
}

const badCodes = ['?', 'Q', '9', 'QX', 'QQX', '#1'];

/** A code of an HL7 table (type ID) becomes one that the table does not have, and no longer than it may be. */
function badCode(message: Message, random: Random): Mutant | undefined {
  const place = random.pick(
    placesWhere(message, (field) => field.datatype === 'ID' && codesOf(field.table ?? 0).length > 0),
  );
  if (place === undefined) return undefined;
  const { table = 0, len = 1 } = fieldOf(message.version, place.segment, place.field) ?? {};
  const codes = codesOf(table);
  const wrong = badCodes.filter((code) => code.length <= len && !codes.includes(code));
  return changed(message, place, random.pick(wrong) ?? '?');
}

/** A value grows beyond its length: by letters where it is text, else by digits. */
function tooLong(message: Message, random: Random): Mutant | undefined {
  const place = random.pick(placesWhere(message, ({ len }) => len !== undefined && len > 0 && len < 1000));
  if (place === undefined) return undefined;
  const { len = 0 } = fieldOf(message.version, place.segment, place.field) ?? {};
  const filler = /^\d+$/.test(place.value) ? '1' : 'x';
  return changed(message, place, place.value + filler.repeat(len + 1 - Math.min(len, place.value.length)));
}

const unknownEvents = ['A99', 'X77', 'Q0Q', 'R99', 'B44'];

function unknownEvent(message: Message, random: Random): Mutant | undefined {
  const place = fieldsOf(message).find(({ segment, field }) => segment === 'MSH' && field === 9);
  if (place === undefined) return undefined;
  const [code = '', , structure] = place.value.split('^');
  const event = random.pick(unknownEvents) ?? '';
  const keeps = structure !== undefined && random.below(2) === 0;
  return changed(message, place, [code, event, ...(keeps ? [structure] : [])].join('^'));
}

/** A component that its type requires is left out; before 2.5 nothing says which are, but for the event in MSH-9. */
function missingComponent(message: Message, random: Random): Mutant | undefined {
  const candidates = fieldsOf(message).flatMap((place) =>
    requiredComponents(message, place).map((position) => ({ place, position })),
  );
  const chosen = random.pick(candidates);
  if (chosen === undefined) return undefined;
  const parts = chosen.place.value.split('^').with(chosen.position, '');
  return changed(message, chosen.place, parts.join('^'));
}

function requiredComponents({ version }: Message, { segment, field, value }: FieldPlace): number[] {
  if (segment === 'MSH' && field === 9) return [1];
  const type = fieldOf(version, segment, field)?.datatype ?? '';
  const parts = value.split('^');
  if (parts.length < 2 || value.includes('~')) return [];
  return componentsOf(version, type).flatMap(({ opt }, i) =>
    opt === 2 && (parts[i] ?? '') !== '' && parts.some((part, k) => part !== '' && k !== i) ? [i] : [],
  );
}

const wrongEncodings = [
  '^~\\',
  '^^\\&',
  '',
  '^~\\&@@',
  'a~\\&',
  '*~\\&',
  '^~\\^',
  '~^\\&',
  '^',
  '^~ &',
  '|~\\&',
  '^~\\|',
];

function wrongEncoding(message: Message, random: Random): Mutant | undefined {
  const [header = []] = message.segments;
  const segments = message.segments.with(0, header.with(1, random.pick(wrongEncodings) ?? ''));
  return { message: withSegments(message, segments), at: '' };
}

function changed(message: Message, place: FieldPlace, value: string): Mutant {
  return { message: withField(message, place, value), at: place.segment };
}
