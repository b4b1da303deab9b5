/**
 * The frames of one connection: VT, body, FS CR (HL7 Minimal Lower Layer Protocol, release 1). One pass over the bytes, as
 * they come; it keeps nothing but the chunk that it is at.
 */
import { HealthosError } from '../../errors.ts';

const VT = 0x0b;
const FS = 0x1c;
const CR = 0x0d;
const LF = 0x0a;
const NUL = 0x00;

/** A part of a frame's body; the last one may be empty. */
export interface Piece {
  readonly bytes: Buffer;
  readonly last: boolean;
}

const NO_BYTES = Buffer.alloc(0);

export class Decoder {
  #chunk: Buffer = NO_BYTES;
  #at = 0;
  #within = false;
  /** The chunk before ended in an FS: with a CR it is the frame's end, with anything else it is part of the body. */
  #endBegun = false;
  /** Where in the chunk the next VT is; beyond its end for none. Looked for once, so that many FS cost no more. */
  #nextStart = 0;
  #ignored = 0;

  /** A frame has begun and not ended. */
  get within(): boolean {
    return this.#within;
  }

  /** How many CR, LF and NUL came between frames. */
  get ignored(): number {
    return this.#ignored;
  }

  feed(chunk: Buffer): void {
    this.#chunk =
      this.#at < this.#chunk.length ? Buffer.concat([this.#chunk.subarray(this.#at), chunk]) : chunk;
    this.#at = 0;
    this.#nextStart = 0;
  }

  /** Undefined until more is fed. Throws `mllp/framing`; nothing that follows can be trusted then. */
  next(): Piece | undefined {
    if (!this.#within && !this.#begin()) return undefined;
    if (this.#at >= this.#chunk.length) return undefined;
    return this.#endBegun ? this.#endOrNot() : this.#read();
  }

  #begin(): boolean {
    for (; this.#at < this.#chunk.length; this.#at++) {
      const byte = this.#chunk[this.#at];
      if (byte === VT) {
        this.#at += 1;
        this.#within = true;
        return true;
      }
      if (byte !== CR && byte !== LF && byte !== NUL) throw junk();
      this.#ignored += 1;
    }
    return false;
  }

  #endOrNot(): Piece {
    this.#endBegun = false;
    if (this.#chunk[this.#at] !== CR) return { bytes: Buffer.of(FS), last: false };
    return this.#end(NO_BYTES, 1);
  }

  #read(): Piece {
    const from = this.#at;
    const end = this.#findEnd(from);
    this.#refuseStart(from, end);
    const bytes = this.#chunk.subarray(from, end);
    if (end < this.#chunk.length - 1) return this.#end(bytes, bytes.length + 2);
    this.#endBegun = end < this.#chunk.length;
    this.#at = this.#chunk.length;
    return { bytes, last: false };
  }

  #end(bytes: Buffer, taken: number): Piece {
    this.#at += taken;
    this.#within = false;
    return { bytes, last: true };
  }

  /** Where FS CR is, or an FS that is the chunk's last byte, or the chunk's end. */
  #findEnd(from: number): number {
    const { length } = this.#chunk;
    for (let at = this.#chunk.indexOf(FS, from); at >= 0; at = this.#chunk.indexOf(FS, at + 1)) {
      if (at === length - 1 || this.#chunk[at + 1] === CR) return at;
    }
    return length;
  }

  #refuseStart(from: number, end: number): void {
    if (this.#nextStart < from || from === 0) {
      const found = this.#chunk.indexOf(VT, from);
      this.#nextStart = found < 0 ? Infinity : found;
    }
    if (this.#nextStart < end) throw startWithin();
  }
}

function junk(): HealthosError {
  return new HealthosError(
    'mllp/framing',
    'Between two frames there is something other than CR, LF or NUL: a frame begins with VT (0x0B).',
  );
}

function startWithin(): HealthosError {
  return new HealthosError(
    'mllp/framing',
    'There is a VT (0x0B) within a frame: the one before it has no end, which is FS CR (0x1C 0x0D).',
  );
}
