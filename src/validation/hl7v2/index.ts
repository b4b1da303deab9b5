/**
 * The engine of HL7 v2: bytes to segments, messages, and each message through its header, segments, fields and order.
 *
 * The bytes are read one to a character: every delimiter is ASCII, and what is checked is too (ch. 2, 2.15.9.18).
 */
import {
  type Agreements,
  type Engine,
  type Examined,
  type Identity,
  noAgreements,
  type Report,
} from '../engine.ts';
import { messageSpans, type MessageSpan } from './batch.ts';
import { type Stretch, typeOf, versionOf } from './header.ts';
import { checkMessage, type ReadMessage } from './message.ts';
import { rules } from './rules.ts';
import type { Body } from './scope.ts';
import { type Segments, splitSegments } from './segments.ts';

export const hl7v2Engine: Engine = { format: 'hl7v2', rules, examine };

const unknown: Identity = { version: null, type: null, controlId: null, sender: null };

function examine(
  { bytes: examined }: Examined,
  report: Report,
  agreements: Agreements = noAgreements,
): Identity {
  const bytes = Buffer.from(examined.buffer, examined.byteOffset, examined.byteLength);
  const text = bytes.toString('latin1');
  const segments = splitSegments(text);
  reportForm(segments, report);
  const spans = beginsAsHl7(text, segments) ? messageSpans(text, segments, report) : [];
  if (spans.length > 1 && text.startsWith('MSH', segments.starts[0])) reportUnbatched(report);
  const read = checkMessages({ bytes, text }, segments, spans, report, agreements);
  if (read !== undefined) return identityOf(read);
  const where = beginsAsHl7(text, segments) ? 'between the segments of the batch' : 'at the beginning';
  report('hl7v2/header-segment', '', `There is no message: an MSH segment is expected ${where}.`);
  return unknown;
}

function reportForm(segments: Segments, report: Report): void {
  if (segments.lineFeeds) {
    const message = 'Line feeds end the segments: a carriage return alone is expected.';
    report('hl7v2/segment-terminator', '', message);
  }
  if (segments.emptyLines) {
    const message = 'There are empty lines between the segments: one carriage return ends each of them.';
    report('hl7v2/segment-terminator', '', message);
  }
  if (segments.framed) {
    const message =
      'A byte order mark, blanks or MLLP blocks surround the message: its segments alone are expected.';
    report('hl7v2/framing', '', message);
  }
}

function beginsAsHl7(text: string, { starts }: Segments): boolean {
  const [start] = starts;
  return start !== undefined && /^(?:MSH|FHS|BHS)$/.test(text.slice(start, start + 3));
}

function reportUnbatched(report: Report): void {
  const message =
    'There are several messages without a batch header: one message, or a batch with BHS, is expected.';
  report('hl7v2/several-messages', '', message);
}

/** The first message; undefined where there is none. */
function checkMessages(
  body: Body,
  segments: Segments,
  spans: readonly MessageSpan[],
  report: Report,
  agreements: Agreements,
): ReadMessage | undefined {
  let message: ReadMessage | undefined;
  spans.forEach(({ first, last }, index) => {
    const within: Report = (rule, location, message, spec) =>
      report(rule, `message[${index + 1}]/${location}`, message, spec);
    const span = { body, segments, first, last };
    const read = checkMessage(span, spans.length === 1 ? report : within, agreements);
    message ??= read;
  });
  return message;
}

function identityOf({ header, bytes }: ReadMessage): Identity {
  const application = valueOf(bytes, header.application);
  const facility = valueOf(bytes, header.facility);
  const both = application !== '' && facility !== '';
  return {
    version: versionOf(header),
    type: typeOf(header),
    controlId: valueOf(bytes, header.controlId) || null,
    sender: (both ? `${application}|${facility}` : application + facility) || null,
  };
}

/** Long enough for any identifier; a sender's nonsense must not fill the journal. */
const MOST_BYTES = 200;

/** A copy of its own, so that nobody keeps the whole message by keeping it. */
function valueOf(bytes: Buffer, { start, end }: Stretch): string {
  return bytes.toString('utf8', start, Math.min(end, start + MOST_BYTES)).trim();
}
