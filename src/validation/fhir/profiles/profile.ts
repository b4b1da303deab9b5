/** A profile (R4, profiling.html), made ready from the snapshot of its StructureDefinition. */
import type { BoundCodes } from '../codes.ts';

/** What is read of a StructureDefinition; the tables of shipped packages hold exactly this. */
export interface ProfileSource {
  readonly url: string;
  readonly version?: string;
  readonly type: string;
  /** Of an extension: where it may stand. */
  readonly context?: readonly { readonly type: string; readonly expression: string }[];
  readonly snapshot: { readonly element: readonly ElementSource[] };
}

export interface ElementSource {
  readonly id: string;
  readonly path: string;
  readonly min?: number;
  readonly max?: string;
  readonly base?: { readonly min: number; readonly max: string };
  readonly type?: readonly TypeSource[];
  readonly slicing?: { readonly discriminator?: readonly Discriminator[]; readonly rules?: string };
  readonly mustSupport?: boolean;
  readonly binding?: { readonly strength: string; readonly valueSet?: string };
  readonly constraint?: readonly ConstraintSource[];
  /** `fixedCode`, `patternCodeableConcept` and the like. */
  readonly [name: string]: unknown;
}

interface TypeSource {
  readonly code: string;
  readonly profile?: readonly string[];
  readonly targetProfile?: readonly string[];
}

interface ConstraintSource {
  readonly key: string;
  readonly severity: string;
  readonly expression?: string;
  readonly human?: string;
}

export interface Discriminator {
  readonly type: string;
  readonly path: string;
}

export interface Profile {
  readonly url: string;
  /** Its last segment, by which messages name it. */
  readonly name: string;
  readonly version: string | undefined;
  readonly type: string;
  /** Of an extension: the elements and extensions in which it may stand; empty where it may anywhere. */
  readonly contexts: ReadonlySet<string>;
  readonly root: ProfileNode;
}

/** An element, or a slice of one, as the profile narrows it. */
export interface ProfileNode {
  readonly name: string;
  readonly path: string;
  readonly slice: string | undefined;
  /** Only where it asks for more than the standard. */
  readonly least: number;
  readonly most: number;
  readonly types: readonly string[];
  readonly profiles: readonly string[];
  readonly targets: readonly string[];
  readonly fixed: unknown;
  readonly pattern: unknown;
  readonly codes: BoundCodes | null;
  /** The value set to which codes are bound, where it is not loaded. */
  readonly unknownSet: string | null;
  readonly mustSupport: boolean;
  readonly discriminators: readonly Discriminator[];
  readonly isClosed: boolean;
  readonly constraints: readonly ProfileConstraint[];
  readonly children: ProfileNode[];
  readonly slices: ProfileNode[];
}

export interface ProfileConstraint {
  readonly key: string;
  readonly expression: string;
  /** What it says to people: its expression, where the profile has no sentence. */
  readonly human: string;
}

/** What of the standard a profile rests on. */
export interface Ground {
  /** Null where the value set is not at hand. */
  readonly codesOf: (valueSet: string) => BoundCodes | null;
  /** Whether an invariant is one of the standard, to which every resource is held. */
  readonly isStandard: (key: string) => boolean;
}

/** Undefined where the definition has no snapshot that could be used. */
export function profileOf(source: ProfileSource, ground: Ground): Profile | undefined {
  const nodes = new Map<string, ProfileNode>();
  for (const element of source.snapshot.element) {
    const node = nodeOf(element, ground);
    nodes.set(element.id, node);
    parentOf(element.id, nodes)?.push(node);
  }
  const root = nodes.get(source.snapshot.element[0]?.id ?? '');
  const name = source.url.slice(source.url.lastIndexOf('/') + 1);
  const { url, version, type } = source;
  return root === undefined ? undefined : { url, name, version, type, contexts: contextsOf(source), root };
}

/** A context that is an expression is not checked: with one, it may stand anywhere. */
function contextsOf({ context = [] }: ProfileSource): ReadonlySet<string> {
  const isExpression = context.some(({ type }) => type !== 'element' && type !== 'extension');
  return new Set(isExpression ? [] : context.map(({ expression }) => expression));
}

/** `Patient.extension:race` is a slice of `Patient.extension`; `Patient.name.family` a child of `Patient.name`. */
function parentOf(id: string, nodes: ReadonlyMap<string, ProfileNode>): ProfileNode[] | undefined {
  const dot = id.lastIndexOf('.');
  const colon = id.indexOf(':', dot + 1);
  if (colon > 0) return nodes.get(id.slice(0, colon))?.slices;
  return nodes.get(id.slice(0, Math.max(dot, 0)))?.children;
}

function nodeOf(element: ElementSource, { codesOf, isStandard }: Ground): ProfileNode {
  const { id, path, min = 0, max = '*', base, type = [], slicing, binding, constraint = [] } = element;
  const last = id.slice(id.lastIndexOf('.') + 1);
  const slice = last.includes(':') ? last.slice(last.indexOf(':') + 1) : undefined;
  const isOwn = slice !== undefined || base === undefined;
  const set = binding?.strength === 'required' ? binding.valueSet?.replace(/\|.*$/, '') : undefined;
  const codes = set === undefined ? null : codesOf(set);
  return {
    name: path.slice(path.lastIndexOf('.') + 1),
    path,
    slice,
    least: isOwn || min > base.min ? min : 0,
    most: max === '*' || (!isOwn && max === base.max) ? Number.POSITIVE_INFINITY : Number(max),
    types: type.map(({ code }) => code),
    profiles: type.flatMap(({ profile = [] }) => profile),
    targets: type.flatMap(({ targetProfile = [] }) => targetProfile),
    fixed: valueOf(element, 'fixed'),
    pattern: valueOf(element, 'pattern'),
    codes,
    unknownSet: codes === null ? (set ?? null) : null,
    mustSupport: element.mustSupport === true,
    discriminators: slicing?.discriminator ?? [],
    isClosed: slicing?.rules === 'closed',
    constraints: constraint.flatMap(({ key, severity, expression, human }) =>
      severity === 'error' && expression !== undefined && !isStandard(key)
        ? [{ key, expression, human: human ?? expression }]
        : [],
    ),
    children: [],
    slices: [],
  };
}

function valueOf(element: ElementSource, stem: 'fixed' | 'pattern'): unknown {
  const name = Object.keys(element).find((key) => key.startsWith(stem) && key.length > stem.length);
  return name === undefined ? undefined : element[name];
}
