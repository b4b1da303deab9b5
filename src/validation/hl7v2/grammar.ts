/**
 * The order of segments of one message structure, as a walk from segment to segment.
 *
 * Where a segment may stand in several places, all of them are followed at once, so that a message in order is never
 * blamed. Where none takes the next segment, it goes to the place that leaves out the fewest required segments, the
 * innermost group first. A step depends only on where the walk stands and the next name, so each is worked out once and
 * remembered: a message is walked in time linear in its segments.
 */

/** Where a segment leads: the next stand of the walk, and what is required and was passed over on the way. */
export interface Step {
  readonly stand: number;
  readonly missing: readonly string[];
}

/** The stand before the first segment. */
export const START = 0;

/** The place before the first segment. */
const BEFORE = -1;

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

/** A way to a place. */
interface Candidate {
  readonly place: number;
  readonly missing: readonly string[];
  readonly depth: number;
  readonly forward: boolean;
}

export class Grammar {
  /** True where the structure has a place for any segment. */
  readonly open: boolean;
  readonly #root: Particle;
  readonly #leaves: Particle[] = [];
  readonly #placesOf = new Map<string, number[]>();
  /** The places at which the walk may be, by stand. */
  readonly #stands: (readonly number[])[] = [[BEFORE]];
  readonly #standOf = new Map<string, number>([[String(BEFORE), START]]);
  /** By stand, and the name of the next segment. */
  readonly #steps: Map<string, Step | undefined>[] = [];
  readonly #ends = new Map<number, readonly string[]>();

  /** The notation is that of `generate/structures.ts`. */
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

  /** The step from a stand to the next segment of that name; undefined where none can come after it. */
  step(from: number, name: string): Step | undefined {
    return this.#steps[from]?.get(name) ?? this.#firstStep(from, name);
  }

  #firstStep(from: number, name: string): Step | undefined {
    if (!this.has(name)) return undefined;
    const steps = (this.#steps[from] ??= new Map<string, Step | undefined>());
    if (!steps.has(name)) steps.set(name, this.#find(from, name));
    return steps.get(name);
  }

  /** What is required and still missing where the message ends at a stand. */
  missingAfter(from: number): readonly string[] {
    let missing = this.#ends.get(from);
    if (missing === undefined) {
      const ways = this.#placesAt(from).map((place) => this.#leaving(this.#leaves[place], this.#root));
      missing = ways.sort((a, b) => a.length - b.length)[0] ?? [];
      this.#ends.set(from, missing);
    }
    return missing;
  }

  #placesAt(stand: number): readonly number[] {
    return this.#stands[stand] ?? [];
  }

  #find(from: number, name: string): Step | undefined {
    const targets = this.#placesOf.get(name) ?? [];
    const ways = this.#placesAt(from).flatMap((place) => targets.flatMap((to) => this.#routes(place, to)));
    const allowed = ways.filter(({ missing }) => missing.length === 0);
    if (allowed.length > 0) return { stand: this.#stand(allowed), missing: [] };
    const [best] = ways.sort(byPreference);
    return best === undefined ? undefined : { stand: this.#stand([best]), missing: best.missing };
  }

  #stand(ways: readonly Candidate[]): number {
    const places = [...new Set(ways.map(({ place }) => place))].sort((a, b) => a - b);
    const key = places.join(' ');
    let stand = this.#standOf.get(key);
    if (stand === undefined) {
      stand = this.#stands.push(places) - 1;
      this.#standOf.set(key, stand);
    }
    return stand;
  }

  /** The ways from one place to another: onward, and again through each group around both that repeats. */
  #routes(from: number, to: number): Candidate[] {
    const target = this.#leaves[to];
    const source = this.#leaves[from];
    if (target === undefined) return [];
    if (source === target && target.repeats)
      return [{ place: to, missing: [], depth: Infinity, forward: true }];
    const around = source === undefined ? this.#root : commonGroup(source, target);
    const again = repeatingGroups(around).map((group) => this.#again(source, target, to, group));
    const isOnward = to > from && around.kind !== 'choice';
    return isOnward ? [this.#onward(source, target, to, around), ...again] : again;
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

/** The group itself and those around it that repeat, the innermost first. */
function repeatingGroups(group: Particle): Particle[] {
  const groups: Particle[] = [];
  for (let at: Particle | undefined = group; at !== undefined; at = at.parent)
    if (at.repeats) groups.push(at);
  return groups;
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
