/** The profiles that are loaded: packages that come with the gateway, and those of a folder. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadTable } from '../../tables.ts';
import { boundCodes, type BoundCodes } from '../codes.ts';
import { definitionsOf } from '../definitions.ts';
import { isObject, objects, textOf } from '../json-object.ts';
import { isUsable } from './usable.ts';
import { type Profile, profileOf, type ProfileSource } from './profile.ts';
import type { ShippedPackage } from './shipped.ts';

const FHIR_SETS = 'http://hl7.org/fhir/ValueSet/';

export interface LibrarySources {
  readonly packages: readonly ShippedPackage[];
  /** A folder of packages: their `.json` files, at any depth. */
  readonly folder?: string | undefined;
}

export class ProfileLibrary {
  readonly #profiles = new Map<string, Profile>();
  readonly #sets = new Map<string, BoundCodes>();
  /** Files that look like a profile and cannot be used. */
  readonly faults: string[] = [];

  constructor({ packages, folder }: LibrarySources) {
    for (const name of packages) this.#addAll(shipped(name));
    if (folder !== undefined) this.#addAll(this.#read(resolve(folder)));
  }

  get size(): number {
    return this.#profiles.size;
  }

  get(url: string): Profile | undefined {
    return this.#profiles.get(url);
  }

  /** Value sets first: profiles name them. */
  #addAll(resources: readonly unknown[]): void {
    for (const resource of resources) if (isObject(resource)) this.#addSet(resource);
    for (const resource of resources) {
      if (!isProfile(resource)) continue;
      const profile = profileOf(resource, { codesOf: (url) => this.#codes(url), isStandard });
      if (profile !== undefined) this.#profiles.set(profile.url, profile);
    }
  }

  #codes(url: string): BoundCodes | null {
    const own = this.#sets.get(url);
    if (own !== undefined || !url.startsWith(FHIR_SETS)) return own ?? null;
    return definitionsOf('r4').knownCodes(url.slice(FHIR_SETS.length));
  }

  /** A set that is written out, in its expansion or code by code; others cannot be checked. */
  #addSet(set: Readonly<Record<string, unknown>>): void {
    const url = textOf(set['url']);
    if (set['resourceType'] !== 'ValueSet' || url === undefined) return;
    const codes = codesIn(set);
    if (codes !== null) this.#sets.set(url, boundCodes(url, codes));
  }

  #read(folder: string): unknown[] {
    return this.#files(folder).flatMap((file) => {
      const resource = parse(file);
      if (resource !== undefined && (!isDefinition(resource) || isProfile(resource))) return [resource];
      this.faults.push(file);
      return [];
    });
  }

  #files(folder: string): string[] {
    try {
      return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && isResourceFile(entry.name))
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
    } catch {
      this.faults.push(folder);
      return [];
    }
  }
}

/** Profiles repeat the invariants of what they narrow. */
function isStandard(key: string): boolean {
  return definitionsOf('r4').hasInvariant(key);
}

/** What packages hold beside resources. */
function isResourceFile(name: string): boolean {
  return name.endsWith('.json') && name !== 'package.json' && !name.startsWith('.');
}

function shipped(name: ShippedPackage): readonly unknown[] {
  const table = loadTable(new URL(`../tables/${name}.json`, import.meta.url)) as {
    readonly profiles: readonly unknown[];
  };
  return table.profiles;
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A StructureDefinition that narrows a type, as against one that defines it. */
function isDefinition(resource: unknown): resource is Readonly<Record<string, unknown>> {
  if (!isObject(resource) || resource['resourceType'] !== 'StructureDefinition') return false;
  return resource['derivation'] === 'constraint';
}

function isProfile(resource: unknown): resource is ProfileSource & Readonly<Record<string, unknown>> {
  return isDefinition(resource) && isUsable(resource);
}

/** Null where the set is not written out, or not all of it. */
function codesIn({ compose, expansion }: Readonly<Record<string, unknown>>): Record<string, string[]> | null {
  const codes: Record<string, string[]> = {};
  if (isObject(expansion)) addContained(expansion['contains'], codes);
  else if (isObject(compose)) {
    for (const { system, concept } of objects(compose['include'])) {
      if (!Array.isArray(concept)) return null;
      for (const { code } of objects(concept)) add(codes, system, code);
    }
  }
  const count = Object.values(codes).flat().length;
  const isPart = isObject(expansion) && typeof expansion['total'] === 'number' && expansion['total'] > count;
  return count === 0 || isPart ? null : codes;
}

function addContained(contains: unknown, codes: Record<string, string[]>): void {
  for (const { system, code, contains: inner } of objects(contains)) {
    add(codes, system, code);
    addContained(inner, codes);
  }
}

function add(codes: Record<string, string[]>, system: unknown, code: unknown): void {
  if (typeof system === 'string' && typeof code === 'string') (codes[system] ??= []).push(code);
}
