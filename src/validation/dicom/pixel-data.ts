/** Checks that pixel data are as long as the image, and encapsulated as the transfer syntax says (PS3.5, 8 and A.4). */
import type { DataSet, Element, Fragment, Source } from './data-set.ts';
import { formatTag, readUint16, readUint32, readValues } from './data-set.ts';
import type { Find } from './rules.ts';

const ROWS = 0x00280010;
const COLUMNS = 0x00280011;
const SAMPLES = 0x00280002;
const PHOTOMETRIC = 0x00280004;
const FRAMES = 0x00280008;
const BITS_ALLOCATED = 0x00280100;
const BITS_STORED = 0x00280101;
const HIGH_BIT = 0x00280102;
const PIXEL_DATA = 0x7fe00010;

/** Bits of a sample by the attribute that holds them; those of Pixel Data are Bits Allocated. */
const floating: ReadonlyMap<number, number> = new Map([
  [0x7fe00008, 32],
  [0x7fe00009, 64],
]);

/** Samples of a pixel where chrominance is shared by pixels (PS3.3, C.7.6.3.1.2). */
const shared: ReadonlyMap<string, number> = new Map([
  ['YBR_FULL_422', 2],
  ['YBR_PARTIAL_422', 2],
  ['YBR_PARTIAL_420', 1.5],
]);

/** Samples per Pixel by Photometric Interpretation (PS3.3, C.7.6.3.1.2), but for those that are retired. */
const samplesOf: ReadonlyMap<string, number> = new Map([
  ['MONOCHROME1', 1],
  ['MONOCHROME2', 1],
  ['PALETTE COLOR', 1],
  ['RGB', 3],
  ['YBR_FULL', 3],
  ['YBR_FULL_422', 3],
  ['YBR_PARTIAL_420', 3],
  ['YBR_ICT', 3],
  ['YBR_RCT', 3],
]);

export class PixelDataCheck {
  readonly #root: DataSet;
  readonly #source: Source;
  readonly #find: Find;

  constructor(root: DataSet, source: Source, find: Find) {
    this.#root = root;
    this.#source = source;
    this.#find = find;
  }

  /** `isEncapsulated`: what the transfer syntax says; null where there is none. */
  check(isEncapsulated: boolean | null): void {
    this.#checkBits();
    this.#checkSamples();
    for (const tag of [PIXEL_DATA, ...floating.keys()]) {
      const element = this.#root.elements.get(tag);
      if (element === undefined) continue;
      if (element.fragments === null)
        this.#checkNative(element, isEncapsulated === true && tag === PIXEL_DATA);
      else this.#checkEncapsulated(element.fragments, isEncapsulated);
    }
  }

  #checkBits(): void {
    const [allocated, stored, high] = [BITS_ALLOCATED, BITS_STORED, HIGH_BIT].map((tag) => this.#number(tag));
    if (allocated === null || stored === null || allocated === undefined || stored === undefined) return;
    const pixels = this.#root.elements.get(PIXEL_DATA);
    if (allocated > 8 && pixels?.vr === 'OB' && pixels.fragments === null) {
      const message = 'Samples of more than 8 bits are words: the value representation has to be OW.';
      this.#add('dicom/pixel-bits', PIXEL_DATA, message);
    }
    if (stored > allocated)
      this.#add('dicom/pixel-bits', BITS_STORED, 'More bits are stored than are allocated.');
    else if (high !== null && high !== stored - 1)
      this.#add('dicom/pixel-bits', HIGH_BIT, 'The high bit is not one less than the bits stored.');
  }

  #checkSamples(): void {
    const expected = samplesOf.get(this.#photometric());
    const samples = this.#number(SAMPLES);
    if (expected === undefined || samples === null || samples === expected) return;
    const message = `The photometric interpretation is that of ${expected} samples per pixel, and there are ${samples}.`;
    this.#add('dicom/photometric-interpretation', PHOTOMETRIC, message);
  }

  #checkNative({ tag, length }: Element, isEncapsulated: boolean): void {
    if (isEncapsulated) {
      const message =
        'The transfer syntax promises encapsulated pixel data, and they have a length of their own.';
      this.#add('dicom/encapsulation', tag, message);
      return;
    }
    const expected = this.#expectedLength(tag);
    if (expected === null || expected === length) return;
    const message = `The pixel data have ${length} bytes; rows, columns, samples, bits and frames make ${expected}.`;
    this.#add('dicom/pixel-data-length', tag, message);
  }

  /** Null where an attribute that it follows from is not there. */
  #expectedLength(tag: number): number | null {
    const rows = this.#number(ROWS);
    const columns = this.#number(COLUMNS);
    const bits = floating.get(tag) ?? this.#number(BITS_ALLOCATED);
    const samples = this.#samples();
    if (rows === null || columns === null || bits === null || samples === null) return null;
    const bytes = Math.ceil((rows * columns * samples * bits * this.#frames()) / 8);
    return bytes + (bytes % 2);
  }

  #samples(): number | null {
    return shared.get(this.#photometric()) ?? this.#number(SAMPLES);
  }

  #photometric(): string {
    const element = this.#root.elements.get(PHOTOMETRIC);
    return element === undefined ? '' : (readValues(this.#source, element)[0] ?? '');
  }

  #checkEncapsulated(fragments: readonly Fragment[], isEncapsulated: boolean | null): void {
    if (isEncapsulated === false) {
      const message = 'The pixel data are encapsulated: the transfer syntax does not say so.';
      this.#add('dicom/encapsulation', PIXEL_DATA, message);
    }
    const [offsets, ...frames] = fragments;
    if (!this.#root.isComplete) return;
    if (offsets === undefined) {
      this.#add('dicom/encapsulation', PIXEL_DATA, 'The offset table is missing, which may be empty.');
      return;
    }
    if (frames.length < this.#frames())
      this.#add('dicom/encapsulation', PIXEL_DATA, 'There are fewer fragments than frames.');
    if (frames.some(({ length }) => length % 2 === 1))
      this.#add('dicom/encapsulation', PIXEL_DATA, 'A fragment has an odd length.');
    if (offsets.length > 0) this.#checkOffsets(offsets, frames);
  }

  /** The table points from the first fragment's item to the first item of each frame (PS3.5, A.4). */
  #checkOffsets(table: Fragment, frames: readonly Fragment[]): void {
    const count = table.length / 4;
    if (count !== this.#frames()) {
      const message = 'The offset table has another number of offsets than there are frames.';
      this.#add('dicom/encapsulation', PIXEL_DATA, message);
      return;
    }
    const first = table.offset + table.length;
    const starts = new Set(frames.map(({ offset }) => offset - 8 - first));
    for (let index = 0; index < count; index += 1) {
      if (starts.has(readUint32(this.#source, table.offset + index * 4))) continue;
      this.#add('dicom/encapsulation', PIXEL_DATA, 'An offset of the table leads to no fragment.');
      return;
    }
  }

  /** One, where Number of Frames is not there or is no number. */
  #frames(): number {
    const element = this.#root.elements.get(FRAMES);
    const frames = element === undefined ? 1 : Number(readValues(this.#source, element)[0] ?? '');
    return Number.isInteger(frames) && frames > 0 ? frames : 1;
  }

  /** Null where the attribute is not there as a number of 16 bits. */
  #number(tag: number): number | null {
    const element = this.#root.elements.get(tag);
    const isThere = element?.length === 2 && element.offset + 2 <= this.#source.bytes.length;
    return isThere ? readUint16(this.#source, element.offset) : null;
  }

  #add(rule: Parameters<Find>[0], tag: number, message: string): void {
    this.#find(rule, formatTag(tag), message);
  }
}
