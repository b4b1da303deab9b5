/**
 * Why the server stored nothing when it was last asked, as where its disk is full. It does not say when it has room again: it
 * is asked after a while, by the next message.
 */
const REFUSED_MS = 2_000;

export class ServerRefusal {
  readonly #onChange: () => void;
  #sentence: string | undefined;
  #until: NodeJS.Timeout | undefined;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get sentence(): string | undefined {
    return this.#sentence;
  }

  set(sentence: string): void {
    clearTimeout(this.#until);
    this.#sentence = sentence;
    this.#until = setTimeout(() => {
      this.#sentence = undefined;
      this.#onChange();
    }, REFUSED_MS).unref();
    this.#onChange();
  }

  end(): void {
    clearTimeout(this.#until);
  }
}
