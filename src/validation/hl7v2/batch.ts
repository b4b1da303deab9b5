/** Which segments of a body are which message, and the batches and files around them (HL7 v2, ch. 2, 2.10.3). */
import type { Report } from '../engine.ts';
import type { Segments } from './segments.ts';

/** Segments from `first` up to, not including, `last`. */
export interface MessageSpan {
  readonly first: number;
  readonly last: number;
}

const envelopeNames: ReadonlySet<string> = new Set(['FHS', 'BHS', 'BTS', 'FTS']);

interface Level {
  readonly opens: string;
  readonly closes: string;
  /** What is counted in it: messages in a batch, batches in a file. */
  readonly counted: 'messages' | 'batches';
}

const file: Level = { opens: 'FHS', closes: 'FTS', counted: 'batches' };
const batch: Level = { opens: 'BHS', closes: 'BTS', counted: 'messages' };

/** The messages of a body; what is wrong with the batches around them is reported. */
export function messageSpans(text: string, segments: Segments, report: Report): MessageSpan[] {
  const spans: MessageSpan[] = [];
  const counts = { messages: 0, batches: 0 };
  const open = new Set<string>();
  let first = -1;
  let isStray = false;
  for (let i = 0; i <= segments.starts.length; i++) {
    const start = segments.starts[i] ?? text.length;
    const name = spanningName(text, start);
    const ends = i === segments.starts.length || name === 'MSH' || envelopeNames.has(name);
    if (ends && first >= 0) spans.push({ first, last: i });
    if (ends) first = name === 'MSH' ? i : -1;
    else if (first < 0 && !isStray) {
      isStray = true;
      reportStray(i, report);
    }
    if (name === 'MSH') counts.messages++;
    if (name === 'BHS') counts.batches++;
    if (envelopeNames.has(name))
      checkEnvelope(name, text.slice(start + 4, segments.ends[i]), counts, open, report);
  }
  for (const level of [batch, file]) if (open.has(level.opens)) reportUnclosed(level, report);
  return spans;
}

/** The name of a segment that begins or ends messages; empty for all others, which are most. */
function spanningName(text: string, start: number): string {
  const first = text.charCodeAt(start);
  return first === M || first === B || first === F ? text.slice(start, start + 3) : '';
}

const M = 77;
const B = 66;
const F = 70;

function checkEnvelope(
  name: string,
  content: string,
  counts: { messages: number; batches: number },
  open: Set<string>,
  report: Report,
): void {
  for (const level of [file, batch]) {
    if (name === level.opens) {
      if (open.has(name)) reportUnclosed(level, report);
      open.add(name);
      counts[level.counted] = 0;
    } else if (name === level.closes) {
      if (!open.delete(level.opens)) reportUnopened(level, report);
      checkCount(level, content, counts[level.counted], report);
    }
  }
}

function checkCount(level: Level, content: string, counted: number, report: Report): void {
  // The separators are those of the opening segment: any sign that is neither a letter nor a digit ends the count.
  const said = /^[A-Za-z\d ]*/.exec(content)?.[0].trim() ?? '';
  if (said === '' || (/^\d+$/.test(said) && Number(said) === counted)) return;
  const location = `${level.closes}-1`;
  const message = `${location} is not the number of ${level.counted} before it: ${counted} is expected.`;
  report('hl7v2/batch', location, message);
}

function reportStray(index: number, report: Report): void {
  const message = `Segment ${index + 1} is in no message: between the messages of a batch, and behind the last one, an MSH, BHS, BTS or FTS is expected.`;
  report('hl7v2/batch', `segment[${index + 1}]`, message);
}

function reportUnclosed(level: Level, report: Report): void {
  report('hl7v2/batch', level.opens, `${level.opens} is not closed: ${level.closes} is expected at the end.`);
}

function reportUnopened(level: Level, report: Report): void {
  report('hl7v2/batch', level.closes, `${level.closes} closes what ${level.opens} has not opened.`);
}
