/** The ways whose places are looked for, as a tree, so that one pass over a text finds all of them. */
import type { Place } from '../engine.ts';
import type { Way } from './findings.ts';

export class Wanted {
  readonly #children = new Map<string | number, Wanted>();
  place: Place | undefined;

  /** The tree of all ways; the first step of each, the type, is the root itself. */
  static tree(ways: readonly Way[]): Wanted {
    const root = new Wanted();
    for (const way of ways) root.#grow(way);
    return root;
  }

  child(step: string | number): Wanted | undefined {
    return this.#children.get(step);
  }

  get hasChildren(): boolean {
    return this.#children.size > 0;
  }

  /** The place of a way; where its end was not met in the text, that of what is nearest to it. */
  placeOf(way: Way): Place | undefined {
    let place = way.length === 0 ? undefined : this.place;
    let node: Wanted | undefined;
    for (const [i, step] of way.entries()) {
      node = i === 0 ? this : node?.child(step);
      place = node?.place ?? place;
    }
    return place;
  }

  #grow(way: Way): void {
    let node: Wanted = this;
    for (const step of way.slice(1)) {
      const next = node.#children.get(step) ?? new Wanted();
      node.#children.set(step, next);
      node = next;
    }
  }
}
