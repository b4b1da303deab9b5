/** Whether messages are taken in, and who keeps the bus from getting rid of what is due. Looks again and again. */
import type { RetentionReport, Blocker } from './retention.ts';

export interface RoomOptions {
  readonly stream: string;
  /** One pass of the retention; a rejection is tried again with the next look. */
  readonly pass: () => Promise<RetentionReport>;
  /** Called when the answers of `refusal` or `notices` may have changed. */
  readonly onChange: () => void;
  /** Milliseconds between looks; default 1,000. */
  readonly everyMs?: number;
}

export interface Room {
  /** Begins to look; resolves after the first look. */
  begin(): Promise<void>;
  /** This gateway has stored so many bytes: counted until the next look finds them. */
  stored(bytes: number): void;
  /** Why nothing more is taken in, in a sentence; undefined while there is room. Verdicts are not asked. */
  readonly refusal: string | undefined;
  readonly notices: readonly string[];
  readonly report: RetentionReport | undefined;
  close(): Promise<void>;
}

/** Intake ends at this share of the size, and begins again below the other one, so that it does not flutter. */
const FULL_AT = 0.9;
const READY_BELOW = 0.85;
const EVERY_MS = 1_000;
/** While there is no room, or hardly any. */
const PRESSED_MS = 100;

export function createRoom(options: RoomOptions): Room {
  return new LookedAfterRoom(options);
}

class LookedAfterRoom implements Room {
  readonly #options: RoomOptions;
  #report: RetentionReport | undefined;
  #sinceLook = 0;
  #isFull = false;
  #timer: NodeJS.Timeout | undefined;
  #look: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  async begin(): Promise<void> {
    await this.#lookNow();
  }

  stored(bytes: number): void {
    this.#sinceLook += bytes;
    if (this.#isFull || this.#share() < FULL_AT) return;
    this.#isFull = true;
    this.#options.onChange();
    void this.#lookNow();
  }

  get refusal(): string | undefined {
    const report = this.#report;
    if (!this.#isFull || report === undefined) return undefined;
    const who = report.blocker === null ? '' : ` ${blockedBy(report.blocker, this.#options.stream)}`;
    return `The stream ${this.#options.stream} is filled to nine tenths of ${report.limit} bytes (app.messaging.retention.max_bytes), and the rest is for verdicts: let the consumers catch up, or raise it and the stream's max_bytes.${who}`;
  }

  get notices(): readonly string[] {
    const blocker = this.#report?.blocker ?? null;
    return blocker === null ? [] : [blockedBy(blocker, this.#options.stream)];
  }

  get report(): RetentionReport | undefined {
    return this.#report;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#look;
  }

  #share(): number {
    if (this.#report === undefined) return 0;
    return (this.#report.bytes + this.#sinceLook) / this.#report.limit;
  }

  /** One look at a time; a look that fails leaves all as it was. */
  #lookNow(): Promise<void> {
    clearTimeout(this.#timer);
    this.#look ??= this.#takeLook().finally(() => {
      this.#look = undefined;
      this.#lookLater();
    });
    return this.#look;
  }

  async #takeLook(): Promise<void> {
    const counted = this.#sinceLook;
    try {
      this.#take(await this.#options.pass(), counted);
    } catch {
      // The bus cannot be asked: whoever publishes or consumes finds out why, and says so.
    }
  }

  #take(report: RetentionReport, counted: number): void {
    const before = [this.#isFull, ...this.notices];
    this.#report = report;
    this.#sinceLook -= counted;
    this.#isFull = this.#share() >= (this.#isFull ? READY_BELOW : FULL_AT);
    const after = [this.#isFull, ...this.notices];
    if (before.length !== after.length || before.some((each, i) => each !== after[i]))
      this.#options.onChange();
  }

  #lookLater(): void {
    if (this.#isClosed) return;
    const { everyMs = EVERY_MS } = this.#options;
    const isPressed = this.#share() >= READY_BELOW;
    this.#timer = setTimeout(() => void this.#lookNow(), isPressed ? Math.min(PRESSED_MS, everyMs) : everyMs);
    this.#timer.unref();
  }
}

/** The count of messages is left out: it would make a new sentence of every look. */
function blockedBy({ name, since, unattended }: Blocker, stream: string): string {
  const kept = `The consumer ${name} keeps on the bus what was stored since ${new Date(since).toISOString()}`;
  return unattended
    ? `${kept}, and nobody reads it: start what it belongs to, or forget it (nats consumer rm ${stream} ${name}).`
    : `${kept}: it has not caught up.`;
}
