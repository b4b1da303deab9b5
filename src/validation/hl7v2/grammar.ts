/**
 * The order of segments of one message structure, as a walk from segment to segment.
 *
 * The walk is greedy: each segment goes to the place that leaves out the fewest required segments, the innermost group
 * first. A step depends only on the place and the next name, so each is worked out once and remembered: a message is
 * walked in time linear in its segments.
 */

/** Where a segment goes: its place, and what is required and was passed over on the way. */
export interface Step {
  readonly place: number;
  readonly missing: readonly string[];
}

/** The place before the first segment. */
export const START = -1;

interface Particle {
  readonly name: string;
  required: boolean;
  repeats: boolean;
  readonly kind: 'segment' | 'sequence' | 'choice';
  readonly children: Particle[];
  readonly parent: Particle | undefined;
  /** Its position in its parent. */
  readonly index: number;
  readonly depth: number;
}

interface Candidate extends Step {
  readonly depth: number;
  readonly forward: boolean;
}

export class Grammar {
  /** True where the structure has a place for any segment. */
  readonly open: boolean;
  readonly #root: Particle;
  readonly #leaves: Particle[] = [];
  readonly #placesOf = new Map<string, number[]>();
  /** By place, START being the first, and the name of the next segment. */
  readonly #steps: Map<string, Step | undefined>[] = [];
  readonly #ends = new Map<number, readonly string[]>();

  /** The notation is that of `generate-tables.ts`. */
  constructor(notation: string) {
    this.open = notation.includes('...');
    this.#root = parse(notation, (leaf) => this.#addLeaf(leaf));
  }

  #addLeaf(leaf: Particle): void {
    const places = this.#placesOf.get(leaf.name) ?? [];
    this.#placesOf.set(leaf.name, places);
    places.push(this.#leaves.length);
    this.#leaves.push(leaf);
  }

  /** True where the structure has the segment somewhere. */
  has(name: string): boolean {
    return this.#placesOf.has(name);
  }

  /** The step from a place to the next segment of that name; undefined where none can come after it. */
  step(from: number, name: string): Step | undefined {
    return this.#steps[from + 1]?.get(name) ?? this.#firstStep(from, name);
  }

  #firstStep(from: number, name: string): Step | undefined {
    if (!this.has(name)) return undefined;
    const steps = (this.#steps[from + 1] ??= new Map<string, Step | undefined>());
    if (!steps.has(name)) steps.set(name, this.#find(from, name));
    return steps.get(name);
  }

  /** What is required and still missing where the message ends at a place. */
  missingAfter(from: number): readonly string[] {
    let missing = this.#ends.get(from);
    if (missing === undefined) {
      missing = this.#leaving(this.#leaves[from], this.#root);
      this.#ends.set(from, missing);
    }
    return missing;
  }

  #find(from: number, name: string): Step | undefined {
    const candidates = (this.#placesOf.get(name) ?? []).flatMap((to) => this.#routes(from, to));
    return candidates.sort(byPreference)[0];
  }

  /** The ways from one place to another: onward, and by the innermost group around both that repeats. */
  #routes(from: number, to: number): Candidate[] {
    const target = this.#leaves[to];
    const source = this.#leaves[from];
    if (target === undefined) return [];
    if (source === target && target.repeats)
      return [{ place: to, missing: [], depth: Infinity, forward: true }];
    const around = source === undefined ? this.#root : commonGroup(source, target);
    const routes: Candidate[] = [];
    if (to > from && around.kind !== 'choice') routes.push(this.#onward(source, target, to, around));
    const repeated = repeatingGroup(around);
    if (repeated !== undefined) routes.push(this.#again(source, target, to, repeated));
    return routes;
  }

  #onward(source: Particle | undefined, target: Particle, place: number, around: Particle): Candidate {
    const begin = source === undefined ? 0 : childToward(around, source).index + 1;
    const end = childToward(around, target).index;
    const missing = [
      ...(source === undefined ? [] : leaving(source, childToward(around, source))),
      ...around.children.slice(begin, end).flatMap(required),
      ...entering(target, childToward(around, target)),
    ];
    return { place, missing, depth: around.depth, forward: true };
  }

  #again(source: Particle | undefined, target: Particle, place: number, group: Particle): Candidate {
    const missing = [...this.#leaving(source, group), ...entering(target, group)];
    return { place, missing, depth: group.depth, forward: false };
  }

  #leaving(source: Particle | undefined, group: Particle): string[] {
    return source === undefined ? group.children.flatMap(required) : leaving(source, group);
  }
}

function byPreference(a: Candidate, b: Candidate): number {
  return (
    a.missing.length - b.missing.length ||
    b.depth - a.depth ||
    Number(b.forward) - Number(a.forward) ||
    a.place - b.place
  );
}

/** What is required after a particle, up to the end of the group around it. */
function leaving(source: Particle, group: Particle): string[] {
  const missing: string[] = [];
  for (let at = source; at !== group && at.parent !== undefined; at = at.parent) {
    if (at.parent.kind !== 'choice')
      missing.push(...at.parent.children.slice(at.index + 1).flatMap(required));
  }
  return missing;
}

/** What is required before a particle, from the beginning of the group around it. */
function entering(target: Particle, group: Particle): string[] {
  const missing: string[] = [];
  for (let at = target; at !== group && at.parent !== undefined; at = at.parent) {
    if (at.parent.kind !== 'choice')
      missing.unshift(...at.parent.children.slice(0, at.index).flatMap(required));
  }
  return missing;
}

/** The segments without which a particle is not there. */
function required(particle: Particle): string[] {
  if (!particle.required) return [];
  if (particle.kind === 'segment') return [particle.name];
  if (particle.kind === 'sequence') return particle.children.flatMap(required);
  return [particle.children.map((child) => firstName(child)).join(' or ')];
}

function firstName(particle: Particle): string {
  const [first] = particle.children;
  return first === undefined ? particle.name : firstName(first);
}

function commonGroup(a: Particle, b: Particle): Particle {
  let [left, right] = [a.parent ?? a, b.parent ?? b];
  while (left !== right) {
    if (left.depth >= right.depth) left = left.parent ?? right;
    else right = right.parent ?? left;
  }
  return left;
}

function childToward(group: Particle, leaf: Particle): Particle {
  let at = leaf;
  while (at.parent !== undefined && at.parent !== group) at = at.parent;
  return at;
}

function repeatingGroup(group: Particle): Particle | undefined {
  let at: Particle | undefined = group;
  while (at !== undefined && !at.repeats) at = at.parent;
  return at;
}

/** Reads the notation word by word; a word that closes a group says how often the group comes. */
function parse(notation: string, onLeaf: (leaf: Particle) => void): Particle {
  const root = particle('', 'sequence', undefined);
  let group = root;
  for (const word of notation.split(' ')) {
    const [, name = '', bracket = '', suffix = ''] = /^([^(<>)?*+]*)([(<>)]?)([?*+]?)$/.exec(word) ?? [];
    if (bracket === ')' || bracket === '>') {
      group = closed(group, suffix);
    } else if (bracket !== '') {
      group = particle(name, bracket === '(' ? 'sequence' : 'choice', group);
    } else if (name !== '...') {
      onLeaf(quantified(particle(name, 'segment', group), suffix));
    }
  }
  return root;
}

function closed(group: Particle, suffix: string): Particle {
  return quantified(group, suffix).parent ?? group;
}

function particle(name: string, kind: Particle['kind'], parent: Particle | undefined): Particle {
  const index = parent?.children.length ?? 0;
  const depth = parent === undefined ? 0 : parent.depth + 1;
  const made: Particle = { name, kind, parent, index, depth, children: [], required: true, repeats: false };
  parent?.children.push(made);
  return made;
}

function quantified(made: Particle, suffix: string): Particle {
  made.required = suffix === '' || suffix === '+';
  made.repeats = suffix === '*' || suffix === '+';
  return made;
}
