/**
 * Copies of what is published, kept as long as the newest batches are: many to a buffer, and the buffers are used again.
 * A buffer each would cost more than the copy: memory that is new to the process has to be mapped in first.
 */

const SLAB_BYTES = 512 * 1024;

interface Slab {
  readonly bytes: Buffer<ArrayBuffer>;
  used: number;
  /** How many copies in it are still needed. */
  copies: number;
}

export class Slabs {
  #current = newSlab(0);
  #free: Buffer<ArrayBuffer>[] = [];
  /** A slab of which a copy is never given back is not used again, and goes when nothing refers to it any more. */
  readonly #slabs = new WeakMap<ArrayBufferLike, Slab>();

  copy(bytes: Uint8Array): Uint8Array {
    if (bytes.byteLength > SLAB_BYTES) return new Uint8Array(bytes);
    if (this.#current.used + bytes.byteLength > this.#current.bytes.byteLength) this.#begin();
    const slab = this.#current;
    const start = slab.used;
    slab.bytes.set(bytes, start);
    slab.used += bytes.byteLength;
    slab.copies += 1;
    return slab.bytes.subarray(start, slab.used);
  }

  #begin(): void {
    const last = this.#current;
    this.#current = newSlab(SLAB_BYTES, this.#free.pop());
    this.#slabs.set(this.#current.bytes.buffer, this.#current);
    this.#reuse(last);
  }

  /** Nobody needs the copy of which this is a part any more: its bytes may be written over. */
  giveBack(part: Uint8Array): void {
    const slab = this.#slabs.get(part.buffer);
    if (slab === undefined) return;
    slab.copies -= 1;
    this.#reuse(slab);
  }

  #reuse(slab: Slab): void {
    if (slab.copies > 0 || slab === this.#current || slab.bytes.byteLength === 0) return;
    this.#slabs.delete(slab.bytes.buffer);
    this.#free.push(slab.bytes);
  }
}

function newSlab(bytes: number, memory = Buffer.allocUnsafeSlow(bytes)): Slab {
  return { bytes: memory, used: 0, copies: 0 };
}
