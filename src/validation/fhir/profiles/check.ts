/** Checks a resource, or an extension, against a profile: what it narrows beyond the standard. */
import { evaluate } from '../fhirpath.ts';
import { isObject, items, type JsonObject, textOf } from '../json-object.ts';
import type { Scope } from '../scope.ts';
import type { Profile, ProfileNode } from './profile.ts';
import { sliceOf } from './slicing.ts';
import { isEqual, isOfCodes, isWithin, type Value, valuesOf } from './values.ts';

/** The profiles of `meta.profile` that are known. */
export function checkProfiles(resource: JsonObject, scope: Scope): void {
  const { meta } = resource;
  for (const claimed of isObject(meta) ? items(meta['profile']) : []) {
    const url = textOf(claimed)?.replace(/\|.*$/, '') ?? '';
    const profile = scope.profiles?.get(url);
    if (profile === undefined) {
      if (url.startsWith('http://hl7.org/fhir/StructureDefinition/')) continue;
      scope.findings.addAt(
        'meta',
        'fhir/profile-unknown',
        'The resource claims a profile that is not loaded.',
      );
    } else if (profile.type === resource['resourceType']) checkAgainst(resource, profile, scope);
    else scope.findings.add('fhir/profile', `The profile ${profile.name} is for ${profile.type}.`);
  }
}

export function checkAgainst(object: JsonObject, profile: Profile, scope: Scope): void {
  new ProfileCheck(profile, scope).node(object, profile.root);
}

class ProfileCheck {
  readonly #profile: Profile;
  readonly #scope: Scope;
  /** A value of a slice is checked against the element and against the slice: what both find is said once. */
  readonly #said = new Set<string>();

  constructor(profile: Profile, scope: Scope) {
    this.#profile = profile;
    this.#scope = scope;
  }

  /** An object against the elements within a node. */
  node(object: JsonObject, { children, constraints, path }: ProfileNode): void {
    for (const { key, expression } of constraints) {
      const { definitions } = this.#scope;
      const question = { element: object, path, release: definitions.release, scope: this.#scope };
      if (!evaluate(expression, question)) this.#report(`its invariant ${key} does not hold: ${expression}`);
    }
    for (const child of children) this.#element(object, child);
  }

  #element(object: JsonObject, node: ProfileNode): void {
    const values = valuesOf(object, node.name);
    this.#count(values.length, node);
    if (node.slices.length > 0) this.#slices(values, node);
    for (const value of values) this.#at(value, () => this.#value(value, node));
  }

  #count(count: number, { name, slice, least, most, mustSupport }: ProfileNode): void {
    const what = slice === undefined ? name : `${name} (${slice})`;
    if (count < least) this.#report(`${what} is there ${count} of at least ${least} times`);
    else if (count > most) this.#report(`${what} is there ${count} of at most ${most} times`);
    else if (count === 0 && mustSupport) {
      const message = `The profile ${this.#profile.name} wants ${what} supported: it is not there.`;
      this.#say('fhir/must-support', message);
    }
  }

  #slices(values: readonly Value[], node: ProfileNode): void {
    const bySlice = new Map<ProfileNode, Value[]>(node.slices.map((slice) => [slice, []]));
    for (const value of values) {
      const slice = sliceOf(value, node);
      if (slice !== undefined) bySlice.get(slice)?.push(value);
      else if (node.isClosed)
        this.#at(value, () => this.#report(`this ${node.name} is of none of its slices`));
    }
    for (const [slice, found] of bySlice) {
      this.#count(found.length, slice);
      for (const value of found) this.#at(value, () => this.#value(value, slice));
    }
  }

  #value({ value, type }: Value, node: ProfileNode): void {
    const { fixed, pattern, types, name } = node;
    if (type !== null && types.length > 0 && !types.some((one) => one.toLowerCase() === type.toLowerCase())) {
      this.#report(`${name} is of one of the types ${types.join(', ')}`);
    }
    if (fixed !== undefined && !isEqual(fixed, value))
      this.#report(`${name} has a fixed value, and not this one`);
    if (pattern !== undefined && !isWithin(pattern, value))
      this.#report(`${name} has not what its pattern asks for`);
    if (!isOfCodes(node, value)) this.#report(`${name} has no code of ${node.codes?.valueSet ?? ''}`);
    this.#target(value, node);
    if (isObject(value) && (node.children.length > 0 || node.constraints.length > 0)) this.node(value, node);
  }

  /** Where all targets are known by their types. */
  #target(value: unknown, { targets, name }: ProfileNode): void {
    if (targets.length === 0 || !isObject(value)) return;
    const type = /(?:^|\/)([A-Z][A-Za-z]+)\/[^/]+$/.exec(textOf(value['reference']) ?? '')?.[1];
    const allowed = targets.map((url) => this.#scope.profiles?.get(url)?.type ?? coreType(url));
    if (type === undefined || allowed.includes(undefined) || allowed.includes(type)) return;
    if (!allowed.includes('Resource')) this.#report(`${name} leads to ${allowed.join(' or ')}`);
  }

  #at({ name, index }: Value, check: () => void): void {
    const { findings } = this.#scope;
    findings.enter(name);
    if (index !== null) findings.enter(index);
    check();
    if (index !== null) findings.leave();
    findings.leave();
  }

  #report(what: string): void {
    this.#say('fhir/profile', `By the profile ${this.#profile.name}, ${what}.`);
  }

  #say(rule: 'fhir/profile' | 'fhir/must-support', message: string): void {
    const { findings } = this.#scope;
    const key = `${findings.here} ${message}`;
    if (this.#said.has(key)) return;
    this.#said.add(key);
    findings.add(rule, message, this.#profile.url);
  }
}

function coreType(url: string): string | undefined {
  return /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/([A-Z][A-Za-z]+)$/.exec(url)?.[1];
}
