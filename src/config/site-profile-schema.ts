/** A site profile, as Joi: every key with its type, default and description. */
import { configJoi as joi } from './values.ts';

const text = (description: string) => joi.string().description(description);

const field = joi.object({
  name: text('What the field is, for people.').max(128),
  required: joi
    .boolean()
    .description(
      '`true`: it has to have a value (`hl7v2/profile-required`); `false`: not even where the standard requires it.',
    ),
  length: joi
    .number()
    .integer()
    .min(1)
    .max(65_536)
    .description('How many characters each repetition may have (`hl7v2/profile-length`).'),
  table: text(
    'The table of its codes (`hl7v2/profile-code`): one under `tables`, or an HL7 table by its number.',
  ).example('"0001"'),
  type: text(
    'Of a local segment: the data type, such as `ST`, `NM`, `DT`, `CX`; without it, any text.',
  ).example('NM'),
  repeat: joi
    .number()
    .integer()
    .min(1)
    .max(10_000)
    .description('Of a local segment: how often the field may come; 1 where it is not said.'),
});

const segment = joi.object({
  name: text('What the segment is, for people.').max(128),
  fields: joi
    .object()
    .pattern(joi.string().pattern(/^[1-9]\d{0,2}$/), field.description('The field of this number.'))
    .required()
    .description('Fields by number.'),
});

export const profileSchema = joi.object({
  name: text('Whose profile it is.').max(128).required().example('Linden Hospital'),
  tables: joi
    .object()
    .pattern(
      joi.string().pattern(/^(\d{4}|[a-z][a-z0-9-]{0,63})$/),
      joi
        .array()
        .items(joi.string())
        .min(1)
        .unique()
        .description('The codes. Those that YAML would read as numbers need quotes.'),
    )
    .default({})
    .description(
      'Code tables: under an HL7 number in quotes, its values in the place of the standard’s for every field that uses it; under a name of its own, for the fields that name it.',
    ),
  segments: joi
    .object()
    .pattern(joi.string().pattern(/^[A-Z][A-Z0-9]{2}$/), segment.description('The segment of this name.'))
    .default({})
    .description('What is agreed on by segment; local ones, whose names begin with Z, are defined here.'),
});
