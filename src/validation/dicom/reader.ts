/**
 * Reads a data set, element by element, down to the pixel data.
 *
 * It keeps a stack of its own, so nesting costs no call stack; every element is visited once; nothing of a value is
 * copied. Where the bytes end early, what was read until then stays, marked as incomplete.
 */
import type { Element, Source } from './data-set.ts';
import { DataSet, readUint16, readUint32 } from './data-set.ts';
import { attributeOf, formatTag } from './dictionary.ts';
import type { Find } from './rules.ts';
import { valueRepresentations } from './value-representations.ts';

const MOST_LEVELS = 64;
const MOST_ELEMENTS = 500_000;
const UNDEFINED_LENGTH = 0xffffffff;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const PIXEL_DATA = 0x7fe00010;

/** Where reading begins, and how. `isHead`: more bytes exist than were given, so an early end is nothing wrong. */
export interface Reading {
  readonly source: Source;
  readonly start: number;
  readonly isImplicit: boolean;
  readonly isHead: boolean;
  readonly find: Find;
  /** Called with every element that holds a value, as it is read. */
  readonly visit: (element: Element, set: DataSet, source: Source) => void;
}

interface Frame {
  readonly kind: 'items' | 'data-set' | 'fragments';
  /** The data set that is being filled, or that holds the sequence. */
  readonly set: DataSet;
  readonly items: DataSet[];
  /** The way to the sequence: `(0040,a730)`. */
  readonly path: string;
  readonly end: number;
  readonly hasUndefinedLength: boolean;
  readonly isImplicit: boolean;
}

interface Header {
  readonly tag: number;
  readonly vr: string;
  readonly length: number;
  /** Where the value begins. */
  readonly offset: number;
}

export function readDataSet(reading: Reading): DataSet {
  return new Reader(reading).read();
}

class Reader {
  readonly #reading: Reading;
  readonly #source: Source;
  readonly #find: Find;
  readonly #frames: Frame[] = [];
  #at: number;
  #elements = 0;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.#source = reading.source;
    this.#find = reading.find;
    this.#at = reading.start;
  }

  read(): DataSet {
    const root = new DataSet('');
    const end = this.#source.bytes.length;
    const { isImplicit } = this.#reading;
    this.#frames.push({
      kind: 'data-set',
      set: root,
      items: [],
      path: '',
      end,
      hasUndefinedLength: false,
      isImplicit,
    });
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      if (this.#at >= frame.end) this.#close(frame);
      else if (frame.kind === 'data-set') this.#readElement(frame);
      else this.#readItem(frame);
    }
    return root;
  }

  /** A frame ended with its length, or with the bytes. */
  #close(frame: Frame): void {
    if (frame.hasUndefinedLength) this.#breakOff('A sequence of undefined length has no end.', frame.path);
    else if (this.#frames.length === 1 && this.#reading.isHead) this.#abandon();
    else this.#frames.pop();
  }

  #readElement(frame: Frame): void {
    const header = this.#readHeader(frame);
    if (header === null) return;
    if (header.tag === ITEM_END) this.#endItem(frame, header);
    else if (header.tag >>> 16 === 0xfffe) this.#strayDelimiter(frame, header);
    else if (this.#isWithinLimits(header.tag)) this.#addElement(frame, header);
  }

  #addElement(frame: Frame, header: Header): void {
    const { set } = frame;
    this.#checkOrder(header.tag, set);
    const isSequence = isSequenceLike(header);
    const hasUndefinedLength = header.length === UNDEFINED_LENGTH;
    const element: Element = {
      tag: header.tag,
      vr: isSequence ? 'SQ' : header.vr,
      offset: header.offset,
      length: header.length,
      items: isSequence ? [] : null,
    };
    if (!isSequence && !hasUndefinedLength && header.offset + header.length > frame.end) {
      this.#outOfBytes(element, set, frame.end);
      return;
    }
    set.elements.set(header.tag, element);
    set.lastTag = Math.max(set.lastTag, header.tag);
    this.#at = header.offset;
    if (isSequence || hasUndefinedLength) this.#openSequence(frame, element, header);
    else this.#finish(element, set);
  }

  #finish(element: Element, set: DataSet): void {
    this.#at += element.length;
    if (element.length % 2 === 1) {
      this.#find(
        'dicom/odd-length',
        locate(set, element.tag),
        'The value has an odd length: pad it to an even one.',
      );
    }
    this.#reading.visit(element, set, this.#source);
  }

  #openSequence(frame: Frame, element: Element, header: Header): void {
    const hasUndefinedLength = header.length === UNDEFINED_LENGTH;
    const end = hasUndefinedLength ? frame.end : header.offset + header.length;
    const path = locate(frame.set, element.tag);
    if (end > frame.end) this.#find('dicom/sequence', path, 'The sequence is longer than what it stands in.');
    this.#frames.push({
      kind: element.items === null ? 'fragments' : 'items',
      set: frame.set,
      items: element.items ?? [],
      path,
      end: Math.min(end, frame.end),
      hasUndefinedLength,
      // A sequence of VR UN is encoded in implicit VR, whatever the transfer syntax says (PS3.5, 6.2.2).
      isImplicit: frame.isImplicit || header.vr === 'UN',
    });
  }

  #readItem(frame: Frame): void {
    if (frame.end - this.#at < 8) {
      this.#breakOff('An item has no room for its tag and length.', frame.path);
      return;
    }
    const tag = this.#tagAt(this.#at);
    const length = readUint32(this.#source, this.#at + 4);
    this.#at += 8;
    if (tag === SEQUENCE_END) this.#frames.pop();
    else if (tag !== ITEM) this.#breakOff('Something else than an item stands in the sequence.', frame.path);
    else if (frame.kind === 'fragments') this.#skipFragment(frame, length);
    else this.#openItem(frame, length);
  }

  #skipFragment(frame: Frame, length: number): void {
    if (this.#at + length <= frame.end) this.#at += length;
    else this.#breakOff('A fragment is longer than the bytes that are there.', frame.path);
  }

  #openItem(frame: Frame, length: number): void {
    const path = `${frame.path}[${frame.items.length + 1}]`;
    if (this.#frames.length > 2 * MOST_LEVELS) {
      this.#find(
        'dicom/depth',
        formatTag(frame.set.lastTag),
        `Sequences are nested more than ${MOST_LEVELS} levels deep.`,
      );
      this.#abandon();
      return;
    }
    if (!this.#isWithinLimits(frame.set.lastTag)) return;
    const set = new DataSet(`${path}.`);
    frame.items.push(set);
    const hasUndefinedLength = length === UNDEFINED_LENGTH;
    const end = hasUndefinedLength ? frame.end : this.#at + length;
    if (end > frame.end) this.#find('dicom/sequence', path, 'The item is longer than its sequence.');
    const { isImplicit } = frame;
    this.#frames.push({
      kind: 'data-set',
      set,
      items: [],
      path,
      end: Math.min(end, frame.end),
      hasUndefinedLength,
      isImplicit,
    });
  }

  #endItem(frame: Frame, { offset }: Header): void {
    this.#at = offset;
    if (frame.hasUndefinedLength) this.#frames.pop();
    else
      this.#find(
        'dicom/sequence',
        frame.path,
        'An item delimiter stands where no item of undefined length is open.',
      );
  }

  #strayDelimiter(frame: Frame, { offset }: Header): void {
    this.#at = offset;
    this.#find('dicom/sequence', frame.path, 'A delimiter of sequences stands among the attributes.');
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

  #checkOrder(tag: number, set: DataSet): void {
    if (tag > set.lastTag) return;
    const isRepeated = set.elements.has(tag);
    const message = isRepeated
      ? 'The attribute is there twice: each may stand once.'
      : 'The attribute stands after one with a greater tag: the order is ascending.';
    this.#find('dicom/tag-order', locate(set, tag), message);
  }

  #readHeader(frame: Frame): Header | null {
    const room = frame.end - this.#at;
    if (room < 8) {
      this.#breakOff('Bytes are left over that are too few for an attribute.', frame.path);
      return null;
    }
    const tag = this.#tagAt(this.#at);
    if (frame.isImplicit || tag >>> 16 === 0xfffe) return this.#implicitHeader(tag);
    return this.#explicitHeader(tag, room, frame);
  }

  #implicitHeader(tag: number): Header {
    const vr = implicitVr(tag);
    return { tag, vr, length: readUint32(this.#source, this.#at + 4), offset: this.#at + 8 };
  }

  #explicitHeader(tag: number, room: number, frame: Frame): Header | null {
    const vr = this.#source.bytes.toString('latin1', this.#at + 4, this.#at + 6);
    const representation = valueRepresentations.get(vr);
    if (representation === undefined && !/^[A-Z]{2}$/.test(vr)) {
      const message = 'There is no value representation: the transfer syntax promises an explicit one.';
      this.#find('dicom/vr', locate(frame.set, tag), message);
      return this.#implicitHeader(tag);
    }
    if (representation?.isLong === false) {
      return { tag, vr, length: readUint16(this.#source, this.#at + 6), offset: this.#at + 8 };
    }
    if (representation === undefined) {
      this.#find('dicom/vr', locate(frame.set, tag), 'The standard has no such value representation.');
    }
    if (room < 12) {
      this.#breakOff('The length of an attribute is cut off.', frame.path);
      return null;
    }
    return { tag, vr, length: readUint32(this.#source, this.#at + 8), offset: this.#at + 12 };
  }

  #tagAt(at: number): number {
    return readUint16(this.#source, at) * 0x10000 + readUint16(this.#source, at + 2);
  }

  /** The value's beginning is there: the attribute is not missing, if cut off. */
  #outOfBytes(element: Element, set: DataSet, end: number): void {
    set.elements.set(element.tag, { ...element, length: Math.max(0, end - element.offset) });
    set.lastTag = Math.max(set.lastTag, element.tag);
    const what = element.tag === PIXEL_DATA ? 'The pixel data are' : 'The value is';
    this.#breakOff(
      `${what} shorter than the length says: the file is cut off, or the length wrong.`,
      locate(set, element.tag),
    );
  }

  #breakOff(message: string, location: string): void {
    if (!this.#reading.isHead) this.#find('dicom/truncated', location, message);
    this.#abandon();
  }

  /** Ends the reading: what is open stays incomplete. */
  #abandon(): void {
    for (const frame of this.#frames) frame.set.isComplete = false;
    this.#frames.length = 0;
  }
}

/** `(0010,0010)`, with the way to its data set. */
export function locate(set: DataSet, tag: number): string {
  return set.path + formatTag(tag);
}

function isSequenceLike({ tag, vr, length }: Header): boolean {
  if (vr === 'SQ') return true;
  if (length !== UNDEFINED_LENGTH || tag === PIXEL_DATA) return false;
  return vr === 'UN';
}

function implicitVr(tag: number): string {
  if (isPrivateCreator(tag)) return 'LO';
  if ((tag & 0xffff) === 0) return 'UL';
  const vrs = attributeOf(tag)?.vrs ?? [];
  if (vrs.length === 1) return vrs[0] ?? 'UN';
  return vrs.includes('OW') ? 'OW' : (vrs[0] ?? 'UN');
}

function isPrivateCreator(tag: number): boolean {
  const element = tag & 0xffff;
  return (tag >>> 16) % 2 === 1 && element >= 0x10 && element <= 0xff;
}
