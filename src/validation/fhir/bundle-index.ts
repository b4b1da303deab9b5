/** The entries of a Bundle by their URLs, and how references find them (R4, bundle.html#references). */
import { isObject, type JsonObject, objects, textOf } from './json-object.ts';

/** `[base]/[type]/[id]` of a RESTful server. */
const restful = /^(https?:\/\/\S+\/)([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})$/;

export interface Entry {
  readonly type: string;
  readonly version: string | null;
}

/** What a reference leads to: nothing, one entry, or several that cannot be told apart. */
export type Found = readonly Entry[];

export class BundleIndex {
  readonly kind: string;
  readonly #entries: readonly JsonObject[];
  #byUrl: Map<string, Entry[]> | null = null;

  constructor(bundle: JsonObject) {
    this.kind = textOf(bundle['type']) ?? '';
    this.#entries = objects(bundle['entry']);
  }

  isHead(entry: JsonObject): boolean {
    return this.#entries[0] === entry;
  }

  /** The entries for a reference without its fragment, seen from the entry with the given URL. */
  resolve(reference: string, from: string | null): Found {
    const [whole = '', version] = reference.split('/_history/');
    const found = this.#at(absolute(whole, from)) ?? this.#atUuid(whole) ?? [];
    return version === undefined ? found : found.filter((entry) => entry.version === version);
  }

  #at(url: string): Entry[] | undefined {
    this.#byUrl ??= this.#index();
    return this.#byUrl.get(url);
  }

  /** `Patient/<uuid>` for an entry that has no address yet but its UUID. */
  #atUuid(relative: string): Entry[] | undefined {
    const id = relative.slice(relative.indexOf('/') + 1);
    return id === relative ? undefined : this.#at(`urn:uuid:${id}`);
  }

  #index(): Map<string, Entry[]> {
    const byUrl = new Map<string, Entry[]>();
    for (const { fullUrl, resource } of this.#entries) {
      if (typeof fullUrl !== 'string' || !isObject(resource)) continue;
      const entries = byUrl.get(fullUrl) ?? [];
      byUrl.set(fullUrl, entries);
      entries.push({ type: textOf(resource['resourceType']) ?? '', version: versionOf(resource) });
    }
    return byUrl;
  }
}

/** The parts of the URL of a resource on a RESTful server, where it is one. */
export function partsOf(url: string): { base: string; type: string; id: string } | null {
  const [, base = '', type = '', id = ''] = restful.exec(url) ?? [];
  return base === '' ? null : { base, type, id };
}

/** A relative reference is relative to the server of the entry that it stands in. */
function absolute(reference: string, from: string | null): string {
  const base = from === null || /^[a-z][a-z0-9+.-]*:/i.test(reference) ? undefined : partsOf(from)?.base;
  return base === undefined ? reference : base + reference;
}

function versionOf({ meta }: JsonObject): string | null {
  return isObject(meta) ? (textOf(meta['versionId']) ?? null) : null;
}
