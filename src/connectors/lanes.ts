/** Order within each lane (a subject, a connection): a message whose body is still being put away holds back those that follow it. */

export class Lanes {
  /** Of each lane that waits: its last step. */
  readonly #last = new Map<string, Promise<void>>();

  /**
   * Calls `step` in turn: at once where nothing of the lane is waited for. `prepare` is what a step waits for before it,
   * where there is anything. It must not reject.
   */
  run(lane: string, step: () => void, prepare?: () => Promise<void>): void {
    const before = this.#last.get(lane);
    if (before === undefined && prepare === undefined) {
      step();
      return;
    }
    const turn = this.#take(before, prepare, step);
    this.#last.set(lane, turn);
    void turn.then(() => {
      if (this.#last.get(lane) === turn) this.#last.delete(lane);
    });
  }

  async #take(
    before: Promise<void> | undefined,
    prepare: (() => Promise<void>) | undefined,
    step: () => void,
  ): Promise<void> {
    await Promise.all([before, prepare?.()]);
    step();
  }
}
