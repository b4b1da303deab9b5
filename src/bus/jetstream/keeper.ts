/** What the thread that opened the bus does beyond what every thread does. */
import type { Wire } from './wire.ts';

export interface Keeper {
  /** Makes the stream ready, and looks after it as long as the connection lasts. */
  open(wire: Wire): Promise<void>;
  /** Begins to purge, once all is ready. */
  begin(): Promise<void>;
  shut(): Promise<void>;
  /** Why nothing is taken in although the server is there. */
  readonly refusal: string | undefined;
  readonly notices: readonly string[];
  stored(bytes: number): void;
}
