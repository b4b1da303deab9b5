/** The rules of X12 and how each preset takes them. */
import type { Rule } from '../engine.ts';
import { refused, tolerated, unreadable } from '../gravity.ts';

const control = 'ASC X12.5, Interchange Control Structures';
const application = 'ASC X12.6, Application Control Structure';
/** Of a rule whose demand each guide makes for itself: a finding names the guide, its loop and its segment. */
const guide = 'ASC X12 implementation guide of the transaction';
const external = 'ASC X12 implementation guide of the transaction, appendix A, External Code Sources';
const levels = 'ASC X12.22, HL';
const identifier = 'ASC X12 code source 537; 45 CFR 162.406';

const rule = (id: string, title: string, spec: string, taken: Rule['levels']): Rule => ({
  id: `x12/${id}`,
  title,
  spec,
  levels: taken,
});

export const rules: readonly Rule[] = [
  rule('interchange-header', 'An interchange begins with an ISA of sixteen elements.', control, unreadable),
  rule(
    'delimiters',
    'The ISA declares four distinct delimiters, none a letter, a digit or a blank.',
    control,
    unreadable,
  ),
  rule('interchange-width', 'Each element of the ISA has its fixed width.', control, refused),
  rule('interchange-element', 'Each element of the ISA has a value of its kind.', control, refused),
  rule('group-element', 'Each element of the GS has a value of its kind.', application, refused),
  rule('transaction-element', 'Each element of the ST has a value of its kind.', application, refused),
  rule('envelope', 'ISA and IEA, GS and GE, ST and SE enclose each other in pairs.', control, unreadable),
  rule('control-number', 'The control number of a trailer is that of its header.', control, refused),
  rule(
    'duplicate-control-number',
    'A control number comes once in the envelope around it.',
    control,
    refused,
  ),
  rule('group-count', 'IEA01 counts the functional groups.', control, refused),
  rule('transaction-count', 'GE01 counts the transaction sets.', application, refused),
  rule('segment-count', 'SE01 counts the segments from ST to SE.', application, refused),
  rule(
    'functional-identifier',
    'GS01 is the functional identifier of the transaction sets in its group.',
    application,
    refused,
  ),
  rule('version', 'GS08 names a version and guide that are known.', application, tolerated),
  rule('implementation-reference', 'ST03 is that of GS08.', application, refused),
  rule('unknown-transaction', 'ST01 names a transaction set of health care.', application, tolerated),
  rule('no-map', 'There is a map for the transaction set and its guide.', 'HealthOS tables', {
    lenient: 'information',
    standard: 'information',
    strict: 'information',
  }),
  rule('segment-terminator', 'Every segment ends with the segment terminator.', control, refused),
  rule(
    'segment-name',
    'A segment begins with a name of two or three capital letters or digits.',
    application,
    refused,
  ),
  rule('unknown-segment', 'A segment is one of the transaction set.', guide, refused),
  rule('segment-order', 'Segments and loops come in the order of the guide.', guide, refused),
  rule('segment-repeat', 'A segment comes no more often than it may.', guide, refused),
  rule('loop-repeat', 'A loop comes no more often than it may.', guide, refused),
  rule('required-segment', 'A required segment is there.', guide, refused),
  rule('required-loop', 'A required loop is there.', guide, refused),
  rule('required-element', 'A required element or component has a value.', guide, refused),
  rule('not-used-element', 'An element or component that is not used is empty.', guide, refused),
  rule('too-many-elements', 'A segment has no more elements than it is given.', application, refused),
  rule('too-many-components', 'A composite has no more components than it is given.', application, refused),
  rule('element-repeat', 'An element is repeated no more often than it may be.', guide, refused),
  rule('trailing-separator', 'A segment ends with its last value.', application, refused),
  rule('data-type', 'A value has the form of its data type.', application, refused),
  rule(
    'date',
    'A date is one of the calendar, written as its data type or qualifier says.',
    application,
    refused,
  ),
  rule('time', 'A time is one of the day, written as its data type or qualifier says.', application, refused),
  rule('element-too-short', 'A value is not too short.', application, refused),
  rule('element-too-long', 'A value is not too long.', application, refused),
  rule('trailing-space', 'A value does not end with blanks that it does not need.', application, refused),
  rule('control-character', 'A value holds no control character.', application, refused),
  rule('character-set', 'A value is of the extended character set.', application, tolerated),
  rule('code', 'A coded value is one that the guide allows.', guide, refused),
  rule('external-code', 'A coded value is in the list to which the guide refers.', external, refused),
  rule('condition', 'Elements that depend on each other come as they must.', application, refused),
  rule('exclusion', 'Elements that exclude each other do not come together.', application, refused),
  rule('hierarchy', 'HL01 counts the levels and HL02 names the one around.', levels, refused),
  rule('hierarchy-child', 'HL04 says whether levels depend on this one.', levels, tolerated),
  rule('line-number', 'LX01 counts the service lines of a claim.', guide, refused),
  rule('balance', 'Amounts add up: of a claim its lines, of a remittance advice all.', guide, tolerated),
  rule('npi', 'A National Provider Identifier has its check digit.', identifier, tolerated),
  rule('state-code', 'A state is one of the country.', 'ASC X12 code source 22', tolerated),
  rule('postal-code', 'A postal code has the form of its country.', 'ASC X12 code source 51', tolerated),
];

const ofGuide: ReadonlySet<string> = new Set(rules.filter(({ spec }) => spec === guide).map(({ id }) => id));

/** `ASC X12N 005010X222A1, loop 2300, CLM` for a finding at `2300/CLM[19]-02`; undefined where no guide says it. */
export function guideSection(ruleId: string, version: string, location: string): string | undefined {
  if (!ofGuide.has(ruleId)) return undefined;
  const [, loop, segment] = /^(?:(\w+)\/)?(\w+)/.exec(location) ?? [];
  const where = [loop === undefined ? undefined : `loop ${loop}`, segment].filter(
    (part) => part !== undefined,
  );
  return [`ASC X12N ${version}`, ...where].join(', ');
}
