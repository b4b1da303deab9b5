/** The body of a frame as it comes: in memory while it is small, beyond that straight into the object store. */
import { PassThrough } from 'node:stream';
import type { ObjectStore } from '../../bus/message-bus.ts';
import { HealthosError } from '../../errors.ts';
import { CLAIM_CHECK_BYTES, CLAIM_CHECK_HEAD_BYTES } from '../../messages/envelope.ts';
import type { Body, ClaimCheck } from '../../messages/envelope.ts';

export interface FrameBodyOptions {
  readonly objects: Pick<ObjectStore, 'put'>;
  readonly maxBytes: number;
}

const NO_BYTES = Buffer.alloc(0);

export class FrameBody {
  readonly #options: FrameBodyOptions;
  #held: Buffer = NO_BYTES;
  /** Of the bytes that are held, so many are the body's: the rest is room for more. */
  #size = 0;
  #spill: Spill | undefined;

  constructor(options: FrameBodyOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  /** Its beginning, enough to answer it. */
  get head(): Buffer {
    return this.#held.subarray(0, Math.min(this.#size, this.#held.length));
  }

  /** Throws `request/too-large`. Answers what to wait for before more is added, where there is anything. */
  add(bytes: Buffer): Promise<void> | undefined {
    const size = this.#size + bytes.length;
    if (this.#spill === undefined) this.#hold(bytes, size);
    else this.#spill.write(bytes);
    this.#size = size;
    if (size > this.#options.maxBytes) throw tooLarge(this.#options.maxBytes);
    if (size > CLAIM_CHECK_BYTES) this.#spill ??= this.#putAway();
    return this.#spill?.room();
  }

  /** The body; a promise where it is in the object store, or on its way there. */
  finish(): Body | Promise<ClaimCheck> {
    const spill = this.#spill;
    if (spill === undefined) return this.head;
    return spill.end().then((stored) => ({ ...stored, head: this.#held }));
  }

  /** Nothing more comes: what was put away is given up. */
  abandon(): void {
    this.#spill?.abandon();
  }

  /** The first bytes are kept as they came, without a copy: most bodies come in one piece. */
  #hold(bytes: Buffer, size: number): void {
    if (this.#size === 0) {
      this.#held = bytes;
      return;
    }
    if (size > this.#held.length) this.#held = grown(this.head, size);
    bytes.copy(this.#held, this.#size);
  }

  #putAway(): Spill {
    const spill = new Spill(this.#options.objects);
    spill.write(this.head);
    this.#held = Buffer.from(this.#held.subarray(0, CLAIM_CHECK_HEAD_BYTES));
    return spill;
  }
}

/** Twice as large: a body that comes byte by byte is copied a few times, and not once for each. */
function grown(held: Buffer, size: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.max(2 * size, 512));
  held.copy(larger);
  return larger;
}

/** A body on its way into the object store. */
class Spill {
  readonly #stream = new PassThrough({ highWaterMark: CLAIM_CHECK_BYTES });
  readonly #stored: ReturnType<ObjectStore['put']>;

  constructor(objects: Pick<ObjectStore, 'put'>) {
    // It fails where the store has failed, which tells of it, or where it is abandoned.
    this.#stream.on('error', () => undefined);
    this.#stored = objects.put(this.#stream);
    this.#stored.catch(() => this.#stream.destroy());
  }

  write(bytes: Buffer): void {
    if (!this.#stream.destroyed) this.#stream.write(bytes);
  }

  /** What to wait for before more is written; undefined where there is room. */
  room(): Promise<void> | undefined {
    if (this.#stream.destroyed || !this.#stream.writableNeedDrain) return undefined;
    return new Promise((resolve) => this.#stream.once('drain', resolve).once('close', resolve));
  }

  end(): ReturnType<ObjectStore['put']> {
    this.#stream.end();
    return this.#stored;
  }

  abandon(): void {
    this.#stream.destroy(new Error('abandoned'));
  }
}

function tooLarge(maxBytes: number): HealthosError {
  return new HealthosError(
    'request/too-large',
    `The message is larger than the connector's max_bytes, which is ${maxBytes}.`,
  );
}
