/** The values of an element in an instance, and whether they are what a profile fixes. */
import { holdsCode } from '../codes.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import type { ProfileNode } from './profile.ts';

export interface Value {
  readonly value: unknown;
  /** Under which name it is there: `valueQuantity` for `value[x]`. */
  readonly name: string;
  /** Its place, where the element repeats. */
  readonly index: number | null;
  /** Of a choice, the type that its name says. */
  readonly type: string | null;
}

export function valuesOf(object: JsonObject, name: string): readonly Value[] {
  if (!name.endsWith('[x]')) return valuesAt(object, name, null);
  const stem = name.slice(0, -3);
  const found = Object.keys(object).find((key) => isOfChoice(key, stem));
  return found === undefined ? [] : valuesAt(object, found, found.slice(stem.length));
}

function isOfChoice(key: string, stem: string): boolean {
  return key.startsWith(stem) && /^[A-Z]/.test(key.slice(stem.length));
}

function valuesAt(object: JsonObject, name: string, type: string | null): readonly Value[] {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  if (Array.isArray(value)) return value.map((item: unknown, index) => ({ value: item, name, index, type }));
  const isThere = value !== undefined || Object.hasOwn(object, `_${name}`);
  return isThere ? [{ value, name, index: null, type }] : [];
}

/** Whether a value is what the node and the nodes in it fix. */
export function satisfies(node: ProfileNode, value: unknown): boolean {
  if (node.fixed !== undefined) return isEqual(node.fixed, value);
  if (node.pattern !== undefined) return isWithin(node.pattern, value);
  if (node.codes !== null && !isOfCodes(node, value)) return false;
  const fixing = node.children.filter(fixes);
  if (fixing.length === 0) return true;
  return (
    isObject(value) &&
    fixing.every((child) => valuesOf(value, child.name).some((one) => satisfies(child, one.value)))
  );
}

/** Optional elements fix nothing about what has to be there. */
function fixes(node: ProfileNode): boolean {
  const isFixed = node.fixed !== undefined || node.pattern !== undefined;
  return isFixed || (node.least > 0 && node.children.some(fixes));
}

export function isOfCodes({ codes, types }: ProfileNode, value: unknown): boolean {
  if (codes === null) return true;
  if (typeof value === 'string') return codes.has(value);
  return isObject(value) && holdsCode(value, types[0] ?? '', codes);
}

export function isEqual(one: unknown, other: unknown): boolean {
  return isWithin(one, other) && isWithin(other, one);
}

/** Whether all that the pattern has is in the value too; of an array, each in some item. */
export function isWithin(pattern: unknown, value: unknown): boolean {
  if (Array.isArray(pattern)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [];
    return pattern.every((item) => values.some((one) => isWithin(item, one)));
  }
  if (!isObject(pattern)) return pattern === value;
  return isObject(value) && Object.keys(pattern).every((name) => isWithin(pattern[name], value[name]));
}
