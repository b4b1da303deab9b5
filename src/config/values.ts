/** Joi with the two kinds of values that a service definition has beyond JSON's: sizes and durations. */
import Joi from 'joi';
import type { CustomHelpers, Extension, NumberSchema, Root } from 'joi';

interface ConfigJoi extends Root {
  /** A number of bytes, written `512`, `64KiB`, `20GB`; the value in force is the number. */
  size(): NumberSchema;
  /** A number of seconds, written `90`, `90s`, `15m`, `12h`, `7d`, `2w`; the value in force is the number. */
  duration(): NumberSchema;
}

/** Bytes in one of each unit: decimal (SI) and binary (IEC 80000-13). Letters of either case. */
const sizeUnits: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['tb', 1e12],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
  ['tib', 2 ** 40],
]);

/** Seconds in one of each unit. */
const durationUnits: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['ms', 0.001],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
]);

/** Bytes, or undefined where the text is not a size. */
export function parseSize(text: string): number | undefined {
  const bytes = parseQuantity(text, sizeUnits);
  return bytes === undefined ? undefined : Math.round(bytes);
}

/** Seconds, or undefined where the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, durationUnits);
}

function parseQuantity(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const match = /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]{0,3})\s*$/i.exec(text);
  const unit = units.get(match?.[2]?.toLowerCase() ?? '?');
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
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
