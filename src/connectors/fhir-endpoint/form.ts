/** In which form an answer is wanted: JSON or XML (R4, http.html#mime-type). */
import type { Context } from 'koa';
import { HealthosError } from '../../errors.ts';
import { preferences } from '../../http/preferences.ts';

export type Form = 'json' | 'xml';

const forms: ReadonlyMap<string, Form | 'as-sent'> = new Map([
  ['application/fhir+json', 'json'],
  ['application/json', 'json'],
  ['json', 'json'],
  ['application/fhir+xml', 'xml'],
  ['application/xml', 'xml'],
  ['text/xml', 'xml'],
  ['xml', 'xml'],
  ['application/*', 'as-sent'],
  ['*/*', 'as-sent'],
]);

/** As it is asked for, else as it was sent. */
export function formOf(context: Context): Form {
  const asked = formAskedFor(context);
  if (asked === 'json' || asked === 'xml') return asked;
  return context.req.headers['content-type']?.includes('fhir+xml') === true ? 'xml' : 'json';
}

/** Refuses who takes neither, before anything is stored. */
export function formRefusal(context: Context): HealthosError | undefined {
  if (formAskedFor(context) !== undefined) return undefined;
  return new HealthosError(
    'request/not-acceptable',
    'Answers are in JSON or XML: ask for application/fhir+json or application/fhir+xml, by _format or Accept.',
  );
}

export function demandForm(context: Context): void {
  const refusal = formRefusal(context);
  if (refusal !== undefined) throw refusal;
}

/** `_format` goes before Accept; undefined where neither names a form that is offered. */
function formAskedFor({ req, query }: Context): Form | 'as-sent' | undefined {
  const asked = writtenFormat(query['_format']) ?? (req.headers.accept || '*/*');
  return preferences(asked)
    .map((type) => forms.get(type))
    .find((form) => form !== undefined);
}

/** In an address a plus that is not escaped is read as a space. */
function writtenFormat(format: string | string[] | undefined): string | undefined {
  const first = Array.isArray(format) ? format[0] : format;
  return first === undefined || first === '' ? undefined : first.replaceAll(' ', '+');
}
