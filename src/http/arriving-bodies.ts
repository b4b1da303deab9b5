/** The bodies that are still arriving for a part of the gateway, to be refused together when that part stops. */
import type { HealthosError } from '../errors.ts';

/** Makes the reading of one body reject with the error. */
export type Refuse = (error: HealthosError) => void;

/** One listener and one set serve all requests: each body is in the set from its first byte to its last. */
export class ArrivingBodies {
  readonly #refusals = new Set<Refuse>();

  constructor(stopping: AbortSignal, error: () => HealthosError) {
    const refuseAll = () => {
      for (const refuse of this.#refusals) refuse(error());
    };
    stopping.addEventListener('abort', refuseAll, { once: true });
  }

  add(refuse: Refuse): void {
    this.#refusals.add(refuse);
  }

  delete(refuse: Refuse): void {
    this.#refusals.delete(refuse);
  }
}
