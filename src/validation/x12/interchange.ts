/** The envelopes of a body: interchanges, functional groups, transaction sets, with their counts and control numbers. */
import type { Report } from '../engine.ts';
import { CommonWalk } from './common-walk.ts';
import { checkControl, type HeaderReport } from './envelope-elements.ts';
import {
  addressOf,
  around,
  controlNumberOf,
  counted,
  type Envelope,
  type Header,
  levelOf,
  type Trailer,
  trailerOf,
  trailers,
  two,
} from './envelope.ts';
import type { LocalReport } from './local-report.ts';
import { isKnownTransaction, mapOf } from './map.ts';
import { guideSection } from './rules.ts';
import type { SegmentReader } from './segment-reader.ts';
import { checkTransaction, checkVersion } from './transaction-header.ts';
import { TransactionWalk } from './transaction.ts';
import type { Walk } from './walk.ts';

export class Interchanges {
  readonly #reader: SegmentReader;
  readonly #report: Report;
  /** What is open, the outermost first. */
  readonly #open: Envelope[] = [];
  /** How many of each came so far. */
  readonly #seen = { ISA: 0, GS: 0, ST: 0 };
  /** True where what stands outside of ST and SE has been told, and goes on. */
  #isOutside = false;
  /** The control numbers of all interchanges. */
  readonly #numbers = new Set<string>();

  constructor(reader: SegmentReader, report: Report) {
    this.#reader = reader;
    this.#report = report;
  }

  /** Takes the segment at which the reader stands. */
  next(): void {
    const { name } = this.#reader;
    const closed = trailers.get(name);
    const wasOutside = this.#isOutside;
    this.#isOutside = false;
    if (name === 'ISA' || name === 'GS' || name === 'ST') this.#begin(name);
    else if (closed !== undefined) this.#end(closed);
    else this.#content(name, wasOutside);
    if (!this.#reader.terminated) this.#reportUnterminated();
  }

  /** The body ends, or what can be read of it. */
  end(): void {
    if (!this.#reader.endless) this.#closeTo(0);
  }

  #reportUnterminated(): void {
    const message = 'The last segment does not end with the segment terminator.';
    this.#report('x12/segment-terminator', addressOf('ISA', this.#seen.ISA), message);
  }

  #begin(header: Header): void {
    this.#closeTo(levelOf[header]);
    const outer = around[header];
    const parent = this.#open.at(-1);
    const address = this.#addressOf(header);
    if (outer !== undefined && parent?.header !== outer) {
      this.#report('x12/envelope', address, `${header} stands outside of ${outer} and ${trailerOf[outer]}.`);
    }
    this.#checkBegin(header, address, parent);
    this.#open.push(this.#envelope(header, address, parent));
  }

  #checkBegin(header: Header, address: string, parent: Envelope | undefined): void {
    const report: HeaderReport = (rule, element, message) => {
      this.#report(rule, `${address}-${two(element)}`, message);
    };
    checkControl(this.#reader, header, report);
    if (header === 'ISA' && this.#reader.ambiguous) this.#reportDelimiters(address);
    if (header === 'GS') checkVersion(this.#reader, report);
    if (header === 'ST') checkTransaction(this.#reader, parent?.header === 'GS' ? parent : undefined, report);
    if (parent !== undefined) parent.count++;
    const number = this.#reader.value(controlNumberOf[header]);
    const others = parent?.numbers ?? this.#numbers;
    if (others.has(number)) this.#reportDuplicate(header, parent?.header, report);
    others.add(number);
  }

  #reportDelimiters(address: string): void {
    const message = this.#reader.endless
      ? 'ISA tells no segment terminator: behind ISA-16, a single sign, one more is expected that is neither a letter, a digit, a blank nor the element separator.'
      : 'The element, repetition and component separators and the segment terminator are not four different signs.';
    this.#report('x12/delimiters', address, message);
  }

  #reportDuplicate(header: Header, outer: Header | undefined, report: HeaderReport): void {
    const element = controlNumberOf[header];
    const where = outer === undefined ? 'file' : outer;
    const message = `${header}-${two(element)} has come before in this ${where}; each control number is expected once.`;
    report('x12/duplicate-control-number', element, message);
  }

  #envelope(header: Header, address: string, parent: Envelope | undefined): Envelope {
    const reader = this.#reader;
    return {
      header,
      address,
      controlNumber: reader.value(controlNumberOf[header]),
      count: header === 'ST' ? 1 : 0,
      numbers: new Set(),
      kind: header === 'ISA' ? '' : reader.value(1),
      version: header === 'GS' ? reader.value(8) : (parent?.version ?? ''),
      reference: header === 'ST' ? reader.value(3) : '',
      walk: undefined,
      acknowledges: false,
    };
  }

  /** The map is that of GS08, and of ST03 where GS08 has none. */
  #walk({ kind, version, reference, address }: Envelope): Walk {
    if (!isKnownTransaction(kind) || this.#reader.ambiguous) return unwalked;
    const purpose = this.#reader.name === 'BHT' ? this.#reader.value(2) : '';
    for (const guide of [version, reference]) {
      const map = mapOf(kind, guide, purpose);
      if (map !== undefined) return new TransactionWalk(map, this.#localReport(guide));
    }
    const message =
      'There is no map for this transaction set and version: its envelope was checked, and each segment by itself, as far as all guides agree on it.';
    this.#report('x12/no-map', `${address}-01`, message);
    return new CommonWalk(kind, this.#localReport(undefined));
  }

  /** `guide` is the version of the map, such as 005010X222A1. */
  #localReport(guide: string | undefined): LocalReport {
    const prefix = this.#seen.ST > 1 ? `ST[${this.#seen.ST}]/` : '';
    return (rule, location, message) => {
      const place = prefix === '' && !location.includes('/') ? `ST[1]/${location}` : `${prefix}${location}`;
      this.#report(
        rule,
        place,
        message,
        guide === undefined ? undefined : guideSection(rule, guide, location),
      );
    };
  }

  #end(header: Header): void {
    const level = this.#open.findLastIndex((envelope) => envelope.header === header);
    const trailer = trailerOf[header];
    if (level < 0) {
      this.#report('x12/envelope', trailer, `${trailer} closes what no ${header} has opened.`);
      return;
    }
    const envelope = this.#open[level];
    this.#closeTo(level + 1);
    this.#open.length = level;
    if (envelope !== undefined) this.#checkTrailer(envelope, trailer);
  }

  #checkTrailer(envelope: Envelope, trailer: Trailer): void {
    const { header } = envelope;
    if (header === 'ST') this.#endWalk(envelope, ++envelope.count);
    const address = envelope.address.replace(header, trailer);
    checkControl(this.#reader, trailer, (rule, element, message) => {
      this.#report(rule, `${address}-${two(element)}`, message);
    });
    if (envelope.count === 0 && !envelope.acknowledges) this.#reportEmpty(envelope, trailer);
    else this.#checkCount(envelope, trailer);
    if (this.#reader.value(2) !== envelope.controlNumber) {
      const number = `${header}-${two(controlNumberOf[header])}`;
      this.#report(
        'x12/control-number',
        `${address}-02`,
        `${trailer}-02 is not the control number of ${number}.`,
      );
    }
  }

  #endWalk(envelope: Envelope, ordinal: number): void {
    envelope.walk ??= this.#walk(envelope);
    envelope.walk.end(ordinal);
  }

  #checkCount({ header, address, count }: Envelope, trailer: Trailer): void {
    const said = this.#reader.value(1);
    if (/^\d{1,10}$/.test(said) && Number(said) === count) return;
    const { rule, what } = counted[header];
    const message = `${trailer}-01 is not the number of ${what}: ${count} is expected.`;
    this.#report(rule, `${address.replace(header, trailer)}-01`, message);
  }

  #reportEmpty({ header, address }: Envelope, trailer: Trailer): void {
    const { rule, what } = counted[header];
    const message = `${header} holds no ${what}: at least one is expected.`;
    this.#report(rule, `${address.replace(header, trailer)}-01`, message);
  }

  #content(name: string, wasOutside: boolean): void {
    const envelope = this.#open.at(-1);
    if (envelope?.header === 'ST') {
      envelope.count++;
      envelope.walk ??= this.#walk(envelope);
      if (!isName(name)) this.#reportName(envelope);
      else envelope.walk.next(this.#reader, envelope.count);
    } else if (name === 'TA1' && envelope?.header === 'ISA') {
      this.#acknowledgement(envelope);
    } else {
      this.#isOutside = true;
      if (!wasOutside) this.#reportOutside(name);
    }
  }

  #reportOutside(name: string): void {
    const said = isName(name) ? name : 'A segment';
    const message = `${said} stands outside of ST and SE, and so does what follows up to the next envelope.`;
    this.#report('x12/envelope', isName(name) ? name : '', message);
  }

  /** TA1 stands between ISA and the first GS, and may be all that there is. */
  #acknowledgement(envelope: Envelope): void {
    envelope.acknowledges = true;
    checkControl(this.#reader, 'TA1', (rule, element, message) => {
      this.#report(rule, `TA1-${two(element)}`, message);
    });
  }

  #reportName(envelope: Envelope): void {
    const location = `${envelope.address.startsWith('ST[') ? envelope.address : 'ST[1]'}/segment[${envelope.count}]`;
    const message = `Segment ${envelope.count} has no name: two or three capital letters or digits are expected.`;
    this.#report('x12/segment-name', location, message);
  }

  /** Closes what should have been closed by a trailer. */
  #closeTo(level: number): void {
    while (this.#open.length > level) {
      const envelope = this.#open.pop();
      if (envelope === undefined) return;
      const { header, address } = envelope;
      if (header === 'ST') this.#endWalk(envelope, envelope.count);
      this.#report(
        'x12/envelope',
        address,
        `${header} is not closed: ${trailerOf[header]} is expected before what follows.`,
      );
    }
  }

  #addressOf(header: Header): string {
    return addressOf(header, ++this.#seen[header]);
  }
}

/** Of a transaction that is not of health care, nothing but its envelope is known. */
const unwalked: Walk = { next: () => undefined, end: () => undefined };

const isName = (name: string): boolean => /^[A-Z][A-Z0-9]{1,2}$/.test(name);
