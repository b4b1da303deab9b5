/** Joi with the two kinds of values that a service definition has beyond JSON's: sizes and durations. */
import Joi from 'joi';
import type { CustomHelpers, Extension, NumberSchema, Root } from 'joi';
import { parseDuration, parseSize } from './units.ts';

interface ConfigJoi extends Root {
  /** A number of bytes, written `512`, `64KiB`, `20GB`; the value in force is the number. */
  size(): NumberSchema;
  /** A number of seconds, written `90`, `90s`, `15m`, `12h`, `7d`, `2w`; the value in force is the number. */
  duration(): NumberSchema;
}

function quantity(type: string, parse: (text: string) => number | undefined): Extension {
  return {
    type,
    base: Joi.number(),
    messages: { [`${type}.base`]: `{{#label}} must be a ${type}` },
    coerce: {
      from: 'string',
      method(value: string, helpers: CustomHelpers) {
        const parsed = parse(value);
        return parsed === undefined ? { value, errors: [helpers.error(`${type}.base`)] } : { value: parsed };
      },
    },
  };
}

/** Joi's `extend` answers `any`: this is the type that the two extensions make true. */
export const configJoi = Joi.extend(
  quantity('size', parseSize),
  quantity('duration', parseDuration),
) as ConfigJoi;
