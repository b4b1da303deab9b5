/** What a check needs to know about where it is. */
import { BundleIndex } from './bundle-index.ts';
import type { ProfileLibrary } from './profiles/library.ts';
import type { Definitions } from './definitions.ts';
import type { Findings } from './findings.ts';
import { type JsonObject, objects, textOf } from './json-object.ts';

export interface Scope {
  readonly definitions: Definitions;
  readonly findings: Findings;
  /** Null where no profiles are loaded. */
  readonly profiles: ProfileLibrary | null;
  /** The resource that the element is in: `%resource`. */
  readonly resource: JsonObject;
  /** The one that contains it, or itself: `%rootResource`. */
  readonly root: JsonObject;
  /** The type of the contained resources, by id. */
  readonly contained: ReadonlyMap<string, string>;
  /** The entry of a Bundle in which the root lies: its references are resolved there. */
  readonly entry: EntryScope | null;
  /** What the resource holds, where it is a Bundle itself. */
  readonly bundle: BundleIndex | null;
}

export interface EntryScope {
  readonly bundle: BundleIndex;
  readonly fullUrl: string | null;
  /** Whether it is the first: of a document, what it names has to be in the Bundle. */
  readonly isHead: boolean;
}

/** What is the same all through a payload. */
export type Outer = Pick<Scope, 'definitions' | 'findings' | 'profiles'>;

const none: ReadonlyMap<string, string> = new Map();

/** The scope of a resource that stands by itself, or in an entry of a Bundle. */
export function rootScope(
  { definitions, findings, profiles }: Outer,
  resource: JsonObject,
  entry: EntryScope | null,
): Scope {
  const contained = Object.hasOwn(resource, 'contained') ? containedIn(resource) : none;
  const bundle = resource['resourceType'] === 'Bundle' ? new BundleIndex(resource) : null;
  return { definitions, findings, profiles, resource, root: resource, contained, entry, bundle };
}

/** The scope of a resource within another: an entry of a Bundle stands by itself, what is contained does not. */
export function nestedScope(outer: Scope, resource: JsonObject, holder: JsonObject, path: string): Scope {
  if (path === 'DomainResource.contained') return { ...outer, resource, bundle: null };
  const { bundle } = outer;
  if (path !== 'Bundle.entry.resource' || bundle === null) return rootScope(outer, resource, null);
  const fullUrl = textOf(holder['fullUrl']) ?? null;
  return rootScope(outer, resource, { bundle, fullUrl, isHead: bundle.isHead(holder) });
}

function containedIn(resource: JsonObject): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  for (const contained of objects(resource['contained'])) {
    const id = textOf(contained['id']);
    if (id !== undefined) types.set(id, textOf(contained['resourceType']) ?? '');
  }
  return types;
}
