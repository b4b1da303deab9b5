/** Checks a resource, or an extension, against a profile: what it narrows beyond the standard. */
import type { Way } from '../findings.ts';
import { evaluate } from '../fhirpath.ts';
import { isObject, items, type JsonObject, textOf } from '../json-object.ts';
import type { Scope } from '../scope.ts';
import type { Profile, ProfileNode } from './profile.ts';
import { sliceOf } from './slicing.ts';
import { isEqual, isOfCodes, isWithin, type Value, valuesOf } from './values.ts';

/** The profiles of `meta.profile`: what is not loaded is said, since nobody has held the resource to it. */
export function checkProfiles(resource: JsonObject, scope: Scope): void {
  const { meta } = resource;
  const claims = isObject(meta) ? items(meta['profile']) : [];
  for (const [index, claim] of claims.entries()) {
    checkClaim(textOf(claim) ?? '', ['meta', 'profile', index], resource, scope);
  }
}

/** `way` leads from the resource to where the profile is named. */
export function checkClaim(claim: string, way: Way, resource: JsonObject, scope: Scope): void {
  const [url = '', version] = claim.split('|');
  const profile = scope.profiles?.get(url);
  if (profile === undefined) {
    // That of a type itself is what every resource of the type is held to.
    if (scope.definitions.isResourceType(coreType(url) ?? '')) return;
    reportClaim('This profile is not loaded: the resource was not held to it.', way, scope);
    return;
  }
  if (!isSameVersion(version, profile.version)) {
    const loaded = profile.version ?? 'one without a version';
    reportClaim(
      `Another version of this profile is loaded (${loaded}): the resource was held to that.`,
      way,
      scope,
    );
  }
  if (profile.type === resource['resourceType']) checkAgainst(resource, profile, scope);
  else scope.findings.add('fhir/profile', `The profile ${profile.name} is for ${profile.type}.`);
}

function reportClaim(message: string, way: Way, { findings }: Scope): void {
  for (const step of way) findings.enter(step);
  findings.add('fhir/profile-unknown', message);
  for (const _step of way) findings.leave();
}

/** 5.0 is met by 5.0.1; whoever names none takes any. */
function isSameVersion(claimed: string | undefined, loaded: string | undefined): boolean {
  return claimed === undefined || claimed === loaded || loaded?.startsWith(`${claimed}.`) === true;
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
    for (const { key, expression, human } of constraints) {
      const { definitions } = this.#scope;
      const question = { element: object, path, release: definitions.release, scope: this.#scope };
      if (!evaluate(expression, question))
        this.#report(`its invariant ${key} does not hold: ${human.replace(/\.$/, '')}`);
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
    if (count < least) this.#report(`${what} ${isThere(count)}, and has to be at least ${times(least)}`);
    else if (count > most) this.#report(`${what} ${isThere(count)}, and may ${atMost(most)}`);
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
    const { fixed, pattern, name } = node;
    if (!isOfTypes(type, node)) this.#report(`${name} has to be of the type ${node.types.join(' or ')}`);
    else if (node.unknownSet !== null && fixed === undefined) this.#unchecked(node.unknownSet, name);
    if (fixed !== undefined && !isEqual(fixed, value)) this.#report(`${name} has to be ${written(fixed)}`);
    if (pattern !== undefined && !isWithin(pattern, value))
      this.#report(`${name} has to have ${written(pattern)}`);
    if (!isOfCodes(node, value)) this.#report(`${name} has no code of ${node.codes?.valueSet ?? ''}`);
    this.#target(value, node);
    if (isObject(value) && (node.children.length > 0 || node.constraints.length > 0)) this.node(value, node);
  }

  #unchecked(set: string, name: string): void {
    const demand = `the codes of ${name} are those of ${set}`;
    const message = `By the profile ${this.#profile.name}, ${demand}: this value set is not loaded, so they were not checked.`;
    this.#say('fhir/binding-unchecked', message);
  }

  /** Where all targets are known by their types. */
  #target(value: unknown, { targets, name }: ProfileNode): void {
    if (targets.length === 0 || !isObject(value)) return;
    const type = /(?:^|\/)([A-Z][A-Za-z]+)\/[^/]+$/.exec(textOf(value['reference']) ?? '')?.[1];
    const allowed = targets.map((url) => this.#scope.profiles?.get(url)?.type ?? coreType(url));
    if (type === undefined || allowed.includes(undefined) || allowed.includes(type)) return;
    if (!allowed.includes('Resource')) this.#report(`${name} may only lead to ${allowed.join(' or ')}`);
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

  #say(rule: 'fhir/profile' | 'fhir/must-support' | 'fhir/binding-unchecked', message: string): void {
    const { findings } = this.#scope;
    const key = `${findings.here} ${message}`;
    if (this.#said.has(key)) return;
    this.#said.add(key);
    findings.add(rule, message, this.#profile.url);
  }
}

/** What is no choice has the type that the standard gives it. */
function isOfTypes(type: string | null, { types }: ProfileNode): boolean {
  return type === null || types.length === 0 || types.some((one) => one.toLowerCase() === type.toLowerCase());
}

const LONGEST_WRITTEN = 200;

/** What a profile fixes; no value of the message. */
function written(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > LONGEST_WRITTEN ? `${text.slice(0, LONGEST_WRITTEN)}…` : text;
}

function isThere(count: number): string {
  return count === 0 ? 'is not there' : `is there ${times(count)}`;
}

function atMost(most: number): string {
  return most === 0 ? 'not be' : `be at most ${times(most)}`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function coreType(url: string): string | undefined {
  return /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/([A-Z][A-Za-z]+)$/.exec(url)?.[1];
}
