/** The rules of HL7 v2 and how each preset takes them. */
import type { Rule } from '../engine.ts';
import type { Level } from '../issue.ts';

const levels = (lenient: Level, standard: Level, strict: Level): Rule['levels'] => ({
  lenient,
  standard,
  strict,
});

/** Nothing can be read or routed. */
const fatal = levels('error', 'error', 'error');
/** A good receiver refuses it. */
const refused = levels('warning', 'error', 'error');
/** The standard forbids it; receivers get along with it. */
const tolerated = levels('information', 'warning', 'error');
/** Worth knowing. */
const remark = levels('off', 'information', 'warning');

export const rules: readonly Rule[] = [
  {
    id: 'hl7v2/header-segment',
    title: 'A message begins with MSH, a batch with FHS or BHS, and a batch holds messages.',
    spec: 'HL7 v2, ch. 2, 2.15.9 MSH',
    levels: fatal,
  },
  {
    id: 'hl7v2/encoding-characters',
    title: 'MSH-1 and MSH-2 declare distinct delimiters.',
    spec: 'HL7 v2, ch. 2, 2.5.4 Message delimiters',
    levels: fatal,
  },
  {
    id: 'hl7v2/message-type',
    title: 'MSH-9 says which message it is.',
    spec: 'HL7 v2, ch. 2, 2.15.9.9 MSH-9',
    levels: fatal,
  },
  {
    id: 'hl7v2/trigger-event',
    title: 'MSH-9 names a trigger event.',
    spec: 'HL7 v2, ch. 2, 2.15.9.9 MSH-9',
    levels: refused,
  },
  {
    id: 'hl7v2/unknown-message-type',
    title: 'The message type and trigger event are of the version.',
    spec: 'HL7 v2, ch. 2, 2.17.1 Message type table',
    levels: tolerated,
  },
  {
    id: 'hl7v2/message-structure',
    title: 'MSH-9.3 names the structure of the message type and trigger event.',
    spec: 'HL7 v2, ch. 2, 2.17.3 Message structure table',
    levels: tolerated,
  },
  {
    id: 'hl7v2/version',
    title: 'MSH-12 names a version of HL7 v2.',
    spec: 'HL7 v2, ch. 2, 2.15.9.12 MSH-12',
    levels: refused,
  },
  {
    id: 'hl7v2/processing-id',
    title: 'MSH-11 is P, T or D.',
    spec: 'HL7 v2, ch. 2, 2.15.9.11 MSH-11',
    levels: tolerated,
  },
  {
    id: 'hl7v2/segment-terminator',
    title: 'Each segment ends with a carriage return and nothing else.',
    spec: 'HL7 v2, ch. 2, 2.5.2 Segments',
    levels: levels('information', 'information', 'error'),
  },
  {
    id: 'hl7v2/framing',
    title: 'A message holds no byte order mark, blanks or MLLP blocks around its segments.',
    spec: 'HL7 v2, appendix C, minimal lower layer protocol',
    levels: levels('information', 'information', 'warning'),
  },
  {
    id: 'hl7v2/several-messages',
    title: 'Several messages come in a batch with its header.',
    spec: 'HL7 v2, ch. 2, 2.10.3 Batch protocol',
    levels: tolerated,
  },
  {
    id: 'hl7v2/batch',
    title: 'A batch and a file are closed by BTS and FTS with their right counts.',
    spec: 'HL7 v2, ch. 2, 2.10.3 Batch protocol',
    levels: tolerated,
  },
  {
    id: 'hl7v2/segment-name',
    title: 'A segment begins with a name of three capital letters or digits and a field separator.',
    spec: 'HL7 v2, ch. 2, 2.5.2 Segments',
    levels: refused,
  },
  {
    id: 'hl7v2/unknown-segment',
    title: 'A segment is one of the version, or a local one whose name begins with Z.',
    spec: 'HL7 v2, ch. 2, 2.5.2 Segments',
    levels: tolerated,
  },
  {
    id: 'hl7v2/unexpected-segment',
    title: 'A segment belongs to the structure of its message.',
    spec: 'HL7 v2, ch. 2, 2.12 Chapter formats for defining HL7 messages',
    levels: tolerated,
  },
  {
    id: 'hl7v2/segment-order',
    title: 'Segments come in the order of the structure of their message and repeat only where it says so.',
    spec: 'HL7 v2, ch. 2, 2.12 Chapter formats for defining HL7 messages',
    levels: tolerated,
  },
  {
    id: 'hl7v2/required-segment',
    title: 'A message has the segments that its structure requires.',
    spec: 'HL7 v2, ch. 2, 2.12 Chapter formats for defining HL7 messages',
    levels: tolerated,
  },
  {
    id: 'hl7v2/required-field',
    title: 'A required field has a value.',
    spec: 'HL7 v2, ch. 2, 2.5.3.4 Optionality',
    levels: tolerated,
  },
  {
    id: 'hl7v2/field-repetition',
    title: 'A field repeats only where it may.',
    spec: 'HL7 v2, ch. 2, 2.5.3.5 Repetition',
    levels: tolerated,
  },
  {
    id: 'hl7v2/withdrawn-field',
    title: 'A field that the version has withdrawn is empty.',
    spec: 'HL7 v2, ch. 2, 2.8.4 Withdrawal of message constituents',
    levels: levels('information', 'error', 'error'),
  },
  {
    id: 'hl7v2/extra-field',
    title: 'A segment has no more fields than its version defines.',
    spec: 'HL7 v2, ch. 2, 2.8.3 Addition of message constituents',
    levels: remark,
  },
  {
    id: 'hl7v2/code',
    title: 'A coded field of type ID holds a value of its HL7 table.',
    spec: 'HL7 v2, ch. 2A, ID',
    levels: tolerated,
  },
  { id: 'hl7v2/date', title: 'A DT is a date that exists.', spec: 'HL7 v2, ch. 2A, DT', levels: refused },
  { id: 'hl7v2/time', title: 'A TM is a time of day.', spec: 'HL7 v2, ch. 2A, TM', levels: refused },
  {
    id: 'hl7v2/timestamp',
    title: 'A TS or DTM is a date, or a date and time, that exists.',
    spec: 'HL7 v2, ch. 2A, DTM',
    levels: refused,
  },
  { id: 'hl7v2/number', title: 'An NM is a decimal number.', spec: 'HL7 v2, ch. 2A, NM', levels: refused },
  { id: 'hl7v2/set-id', title: 'An SI is a whole number.', spec: 'HL7 v2, ch. 2A, SI', levels: refused },
  {
    id: 'hl7v2/telephone-number',
    title: 'A TN is a telephone number in the form of North America; senders elsewhere cannot keep this.',
    spec: 'HL7 v2, ch. 2A, TN',
    levels: tolerated,
  },
  {
    id: 'hl7v2/value-type',
    title: 'OBX-2 and MFE-5 name the data type of the value that they describe.',
    spec: 'HL7 v2, ch. 7, OBX-2; ch. 8, MFE-5',
    levels: refused,
  },
  {
    id: 'hl7v2/escape-sequence',
    title: 'An escape character begins and ends an escape sequence of the standard.',
    spec: 'HL7 v2, ch. 2, 2.7 Use of escape sequences in text fields',
    levels: tolerated,
  },
];
