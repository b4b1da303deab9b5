/** The names of consumers at the server: one that is a gateway's alone bears its id behind the name. */
export class ConsumerNames {
  readonly #suffix: string;

  constructor(gateway: string) {
    this.#suffix = `-${gateway}`;
  }

  own(name: string): string {
    return name + this.#suffix;
  }

  /** As this gateway calls a consumer of the server. */
  local(name: string): string {
    return name.endsWith(this.#suffix) ? name.slice(0, -this.#suffix.length) : name;
  }
}
