/**
 * Reads a data set, element by element.
 *
 * It keeps a stack of its own, so nesting costs no call stack; every element is visited once; nothing of a value is
 * copied. Where the bytes end early, what was read until then stays, marked as incomplete.
 */
import type { Element, Fragment, Source } from './data-set.ts';
import { DataSet, formatTag, locate, locateItem, readUint32 } from './data-set.ts';
import type { Header } from './header.ts';
import { isDelimiter, readHeader, readTag, UNDEFINED_LENGTH } from './header.ts';
import type { Find } from './rules.ts';

const MOST_LEVELS = 64;
const MOST_ELEMENTS = 500_000;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const PIXEL_DATA = 0x7fe00010;

/** Where reading begins, and how. */
export interface Reading {
  readonly source: Source;
  readonly start: number;
  /** Where the data set ends: beyond the bytes where only their head was given, and their early end is nothing wrong. */
  readonly end: number;
  readonly isImplicit: boolean;
  readonly find: Find;
  /** Called with every element that holds a value, as it is read. */
  readonly visit: (element: Element, set: DataSet, source: Source) => void;
}

/** What is open: a data set, or a sequence of items or of fragments (encapsulated pixel data). */
interface Frame {
  readonly kind: 'items' | 'data-set' | 'fragments';
  /** The data set that is being filled, or that holds the sequence. */
  readonly set: DataSet;
  /** Of a sequence. */
  readonly items: DataSet[];
  /** Of encapsulated pixel data. */
  readonly fragments: Fragment[];
  /** The tag of the sequence; 0 of a data set. */
  readonly tag: number;
  /** Where it ends, at most; beyond the bytes where only their head is there. */
  readonly end: number;
  readonly hasUndefinedLength: boolean;
  readonly isImplicit: boolean;
}

export function readDataSet(reading: Reading): DataSet {
  return new Reader(reading).read();
}

class Reader {
  readonly #reading: Reading;
  readonly #source: Source;
  readonly #find: Find;
  readonly #frames: Frame[] = [];
  /** Where the bytes end. */
  readonly #limit: number;
  #at: number;
  #elements = 0;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.#source = reading.source;
    this.#find = reading.find;
    this.#limit = reading.source.bytes.length;
    this.#at = reading.start;
  }

  read(): DataSet {
    const root = this.#openRoot();
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      if (this.#at >= frame.end) this.#close(frame);
      else if (this.#at >= this.#limit) this.#abandon();
      else if (frame.kind === 'data-set') this.#readElement(frame);
      else this.#readItem(frame);
    }
    return root;
  }

  #openRoot(): DataSet {
    const { isImplicit, end } = this.#reading;
    const set = new DataSet();
    this.#frames.push({
      kind: 'data-set',
      set,
      items: [],
      fragments: [],
      tag: 0,
      end,
      hasUndefinedLength: false,
      isImplicit,
    });
    return set;
  }

  #close(frame: Frame): void {
    if (frame.hasUndefinedLength)
      this.#breakOff(frame, 'What has an undefined length has no delimiter at its end.');
    else this.#frames.pop();
  }

  #readElement(frame: Frame): void {
    const end = Math.min(frame.end, this.#limit);
    const header = readHeader(this.#source, this.#at, end, frame.isImplicit);
    if (header === null) this.#breakOff(frame, 'Bytes are left over that are too few for an attribute.');
    else if (isDelimiter(header.tag)) this.#readDelimiter(frame, header);
    else if (this.#isWithinLimits(header.tag)) this.#addElement(frame, header);
  }

  #readDelimiter(frame: Frame, { tag, offset }: Header): void {
    this.#at = offset;
    if (tag === ITEM_END && frame.hasUndefinedLength) this.#frames.pop();
    else
      this.#find(
        'dicom/sequence',
        wayTo(frame),
        'A delimiter stands where nothing is open that it could end.',
      );
  }

  #addElement(frame: Frame, header: Header): void {
    const { set } = frame;
    const { tag, offset, length } = header;
    const isSequence = isSequenceLike(header);
    const vr = isSequence ? 'SQ' : header.vr;
    const isEncapsulated = !isSequence && length === UNDEFINED_LENGTH;
    const element: Element = {
      tag,
      vr,
      offset,
      length,
      items: isSequence ? [] : null,
      fragments: isEncapsulated ? [] : null,
      values: null,
    };
    if (header.fault !== null) this.#find('dicom/vr', locate(set, tag), header.fault);
    this.#checkOrder(tag, set);
    set.elements.set(tag, element);
    set.lastTag = Math.max(set.lastTag, tag);
    this.#at = offset;
    if (isSequence || isEncapsulated) this.#openSequence(frame, element, header);
    else this.#readValue(frame, element);
  }

  #checkOrder(tag: number, set: DataSet): void {
    if (tag > set.lastTag) return;
    const message = set.elements.has(tag)
      ? 'The attribute is there twice: each may stand once.'
      : 'The attribute stands after one with a greater tag: the order is ascending.';
    this.#find('dicom/tag-order', locate(set, tag), message);
  }

  #readValue(frame: Frame, element: Element): void {
    const { set } = frame;
    this.#at += element.length;
    if (this.#at > frame.end) this.#cutOff(element, set);
    else if (this.#at > this.#limit) this.#abandon();
    else {
      if (element.length % 2 === 1)
        this.#find('dicom/odd-length', locate(set, element.tag), 'The length is odd.');
      this.#reading.visit(element, set, this.#source);
    }
  }

  #cutOff({ tag }: Element, set: DataSet): void {
    const what = tag === PIXEL_DATA ? 'The pixel data are' : 'The value is';
    const message = `${what} shorter than the length says: the file is cut off, or the length wrong.`;
    this.#find('dicom/truncated', locate(set, tag), message);
    this.#abandon();
  }

  #openSequence(frame: Frame, element: Element, { vr, length, offset }: Header): void {
    const { set } = frame;
    this.#frames.push({
      kind: element.items === null ? 'fragments' : 'items',
      set,
      items: element.items ?? [],
      fragments: element.fragments ?? [],
      tag: element.tag,
      ...this.#extent(frame, offset, length, () => locate(set, element.tag)),
      // A sequence of VR UN is encoded in implicit VR, whatever the transfer syntax says (PS3.5, 6.2.2).
      isImplicit: frame.isImplicit || vr === 'UN',
    });
  }

  #readItem(frame: Frame): void {
    if (Math.min(frame.end, this.#limit) - this.#at < 8) {
      this.#breakOff(frame, 'An item has no room for its tag and length.');
      return;
    }
    const tag = readTag(this.#source, this.#at);
    const length = readUint32(this.#source, this.#at + 4);
    this.#at += 8;
    if (tag === SEQUENCE_END) this.#frames.pop();
    else if (tag !== ITEM) this.#refuseItem(frame);
    else if (frame.kind === 'fragments') this.#skipFragment(frame, length);
    else if (this.#isWithinLimits(frame.set.lastTag)) this.#openItem(frame, length);
  }

  #refuseItem(frame: Frame): void {
    this.#find('dicom/sequence', wayTo(frame), 'Something else than an item stands in the sequence.');
    this.#abandon();
  }

  #skipFragment(frame: Frame, length: number): void {
    if (!this.#isWithinLimits(frame.tag)) return;
    frame.fragments.push({ offset: this.#at, length });
    this.#at += length;
    if (this.#at > frame.end) this.#breakOff(frame, 'A fragment is longer than the bytes that are there.');
  }

  #openItem(frame: Frame, length: number): void {
    if (this.#frames.length >= 2 * MOST_LEVELS) {
      const message = `Sequences are nested more than ${MOST_LEVELS} levels deep.`;
      this.#find('dicom/depth', formatTag(frame.set.lastTag), message);
      this.#abandon();
      return;
    }
    const set = new DataSet(frame.set, frame.tag, frame.items.length + 1);
    const extent = this.#extent(frame, this.#at, length, () => locateItem(set));
    frame.items.push(set);
    const isImplicit = frame.isImplicit;
    this.#frames.push({ kind: 'data-set', set, items: [], fragments: [], tag: 0, ...extent, isImplicit });
  }

  /** How far a sequence or an item reaches, within what it stands in. */
  #extent(
    frame: Frame,
    offset: number,
    length: number,
    way: () => string,
  ): Pick<Frame, 'end' | 'hasUndefinedLength'> {
    if (length === UNDEFINED_LENGTH) return { end: frame.end, hasUndefinedLength: true };
    const end = offset + length;
    if (end > frame.end) this.#find('dicom/sequence', way(), 'It is longer than what it stands in.');
    return { end: Math.min(end, frame.end), hasUndefinedLength: false };
  }

  /** Items count too: an empty one is only 8 bytes long. */
  #isWithinLimits(tag: number): boolean {
    this.#elements += 1;
    if (this.#elements <= MOST_ELEMENTS) return true;
    const message = 'There are more than 500,000 elements and items: those beyond were not checked.';
    this.#find('dicom/too-many-elements', formatTag(tag), message);
    this.#abandon();
    return false;
  }

  /** The bytes ended too early; nothing is wrong with that where only their head is there. */
  #breakOff(frame: Frame, message: string): void {
    if (frame.end <= this.#limit) this.#find('dicom/truncated', wayTo(frame), message);
    this.#abandon();
  }

  /** Ends the reading: what is open stays incomplete. */
  #abandon(): void {
    for (const frame of this.#frames) frame.set.isComplete = false;
    this.#frames.length = 0;
  }
}

/** `(0040,a730)` for a sequence, `(0040,a730)[1]` for an item, empty for the root. */
function wayTo({ kind, set, tag }: Frame): string {
  return kind === 'data-set' ? locateItem(set) : locate(set, tag);
}

/** Sequences, and the private ones that a writer had to call UN (PS3.5, 6.2.2). */
function isSequenceLike({ tag, vr, length }: Header): boolean {
  return vr === 'SQ' || (vr === 'UN' && length === UNDEFINED_LENGTH && tag !== PIXEL_DATA);
}
