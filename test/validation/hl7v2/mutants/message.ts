/** A seed as mutators see it: segments of fields, changed by copying. */

export interface Message {
  readonly version: string;
  readonly structure: string;
  readonly segments: readonly Segment[];
}

/** Its name, then its fields: of MSH the first is the encoding characters, as MSH-1 is the separator itself. */
export type Segment = readonly string[];

export const nameOf = (segment: Segment | undefined): string => segment?.[0] ?? '';

export const namesOf = ({ segments }: Message): string[] => segments.map(nameOf);

export function read(seed: string, lines: readonly string[]): Message {
  const [structure = '', version = ''] = seed.split(' ');
  return { version, structure, segments: lines.map((line) => line.split('|')) };
}

export const write = ({ segments }: Message): Buffer =>
  Buffer.from(segments.map((segment) => `${segment.join('|')}\r`).join(''), 'latin1');

/** Where a field stands: the segment by its index, the field by its number. */
export interface FieldPlace {
  readonly row: number;
  readonly segment: string;
  readonly field: number;
  readonly value: string;
}

/** The fields with a value, but for the delimiters. */
export function fieldsOf({ segments }: Message): FieldPlace[] {
  return segments.flatMap((segment, row) =>
    segment.flatMap((value, i) => {
      const field = nameOf(segment) === 'MSH' ? i + 1 : i;
      return i === 0 || value === '' || (nameOf(segment) === 'MSH' && field < 3)
        ? []
        : [{ row, segment: nameOf(segment), field, value }];
    }),
  );
}

export function withField(message: Message, { row, segment, field }: FieldPlace, value: string): Message {
  const fields = message.segments[row] ?? [];
  return withSegments(
    message,
    message.segments.with(row, fields.with(segment === 'MSH' ? field - 1 : field, value)),
  );
}

export const withSegments = (message: Message, segments: readonly Segment[]): Message => ({
  ...message,
  segments,
});
