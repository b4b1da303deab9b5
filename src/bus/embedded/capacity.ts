/** Whether the store takes messages in: there must be room under the limit and on the disk. */
import { statfsSync } from 'node:fs';
import type { StoreState } from './protocol.ts';

const MIB = 1024 * 1024;
/** Below so much free space nothing more is taken in: the rest is for verdicts and acknowledgements. */
const RESERVE_BYTES = 64 * MIB;
/** On a small disk the reserve is this share of it. */
const RESERVE_SHARE = 0.05;
/** Intake begins again at this share of the limit, so that it does not flutter. */
const READY_BELOW = 0.95;

/** The disk is looked at after so long or so much at most. */
const LOOK_EVERY_MS = 20;
const LOOK_EVERY_BYTES = MIB / 4;

export interface SpaceInUse {
  /** Of the stored messages and objects. */
  readonly bytes: number;
  /** No purge makes room. */
  readonly exhausted: boolean;
  /** What lies in the write-ahead log. */
  readonly logBytes: () => number;
  /** What purges left within the file. */
  readonly reusableBytes: () => number;
}

export class Capacity {
  state: StoreState;
  readonly #folder: string;
  readonly #maxBytes: number;
  #failure: string | null = null;
  #shortage: string | null = null;
  #lookedAt = -Infinity;
  #bytesThen = 0;

  constructor(folder: string, maxBytes: number, now: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.state = { state: 'ready', since: now, reason: null };
  }

  /** A commit failed for want of room; only one that succeeds ends it. */
  failed(reason: string): void {
    this.#failure = reason;
  }

  succeeded(): void {
    this.#failure = null;
  }

  look(now: number, use: SpaceInUse): void {
    if (now - this.#lookedAt >= LOOK_EVERY_MS || use.bytes - this.#bytesThen >= LOOK_EVERY_BYTES) {
      this.#lookedAt = now;
      this.#bytesThen = use.bytes;
      this.#shortage = this.#shortageOfSpace(use);
    }
    this.#become(this.#failure ?? this.#shortage ?? this.#overLimit(use), now);
  }

  /** What lies in the write-ahead log needs its room once more, in the file itself. */
  #shortageOfSpace({ logBytes, reusableBytes }: SpaceInUse): string | null {
    const { bavail, bsize, blocks } = statfsSync(this.#folder);
    const reserve = Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_SHARE);
    const wanted = (this.#shortage === null ? reserve : reserve * 1.25) + logBytes();
    const free = bavail * bsize;
    if (free >= wanted || free + reusableBytes() >= wanted) return null;
    return `The disk of ${this.#folder} has less than ${(wanted / MIB).toFixed(1)} MiB left: free some space there.`;
  }

  #overLimit({ bytes, exhausted }: SpaceInUse): string | null {
    const wasFull = this.state.state === 'full';
    const limit = wasFull ? this.#maxBytes * READY_BELOW : this.#maxBytes;
    if (bytes < limit || (!exhausted && !wasFull)) return null;
    return `Messages that are still to be processed fill the bus up to its limit of ${(this.#maxBytes / MIB).toFixed(1)} MiB (app.messaging.retention.max_bytes): let the consumers catch up, or raise the limit.`;
  }

  #become(reason: string | null, now: number): void {
    const state = reason === null ? 'ready' : 'full';
    if (state !== this.state.state) this.state = { state, since: now, reason };
    else if (reason !== this.state.reason) this.state = { ...this.state, reason };
  }
}
