/**
 * The control ids that came of late, each with its message: an old one with other bytes is told from a message that was
 * sent again. Kept in memory, of so many messages as fit; whether the same bytes came before is the bus's to say.
 */

/** So many in each of two generations. */
const GENERATION = 32_768;

export class ControlIds {
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  /** Has this sender used the control id for other bytes? `hash` is that of the bytes; the first ones are remembered. */
  isReused(sender: string, controlId: string, hash: string): boolean {
    const key = `${sender}\n${controlId}`;
    const first = this.#young.get(key) ?? this.#old.get(key);
    if (first === undefined) this.#remember(key, hash);
    return first !== undefined && first !== hash;
  }

  #remember(key: string, hash: string): void {
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, hash);
  }
}
