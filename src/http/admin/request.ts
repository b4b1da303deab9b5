/**
 * Checks what a request gives as parameters. What is refused is refused in our own words: Joi's quote the value, and a
 * value may be a patient's name.
 */
import type { ObjectSchema } from 'joi';
import { nearest } from '../../config/nearest.ts';
import { settingOf } from '../../config/setting.ts';
import { HealthosError } from '../../errors.ts';

/**
 * A check of a query, which throws `request/malformed` for a parameter that nobody knows or that has a wrong form. A
 * parameter that is given empty counts as absent, as forms send it.
 */
export function queryCheck<Query>(schema: ObjectSchema<Query>): (given: object) => Query {
  const { keys } = settingOf(schema);
  return (given) => {
    const present = Object.entries(given).filter(([, value]) => value !== '');
    const stray = present.findIndex(([name]) => !keys.has(name));
    if (stray >= 0) throw unknownParameter(stray, present[stray]?.[0] ?? '', [...keys.keys()]);
    const result = schema.validate(Object.fromEntries(present));
    if (result.error === undefined) return result.value;
    const name = String(result.error.details[0]?.path[0]);
    throw malformed(
      `The parameter ${name} cannot be used as given. It is: ${keys.get(name)?.description ?? ''}`,
    );
  };
}

/** A check of what stands in a path: where that has not the form, there is nothing at the address, or what the schema says. */
export function pathCheck<Params>(schema: ObjectSchema<Params>): (given: object) => Params {
  return (given) => {
    const result = schema.validate(given);
    if (result.error === undefined) return result.value;
    if (result.error instanceof HealthosError) throw result.error;
    throw new HealthosError('request/not-found', 'There is nothing at this address.');
  };
}

/** Told by its place and not by its name, since whoever mistakes a value for a name must not find it in a log. */
function unknownParameter(index: number, name: string, known: readonly string[]): HealthosError {
  const which = `Parameter ${index + 1} of the query is not known here`;
  if (known.length === 0) return malformed(`${which}: this address takes none.`);
  const near = nearest(name, known);
  const suggestion = near === undefined ? '' : ` Did you mean ${near}?`;
  return malformed(`${which}.${suggestion} Known are ${known.join(', ')}.`);
}

function malformed(message: string): HealthosError {
  return new HealthosError('request/malformed', message);
}
