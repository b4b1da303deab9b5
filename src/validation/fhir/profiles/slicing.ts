/** Tells of which slice a value is, by the discriminators of the slicing (R4, profiling.html#discriminator). */
import { isObject, type JsonObject, textOf } from '../json-object.ts';
import type { Discriminator, ProfileNode } from './profile.ts';
import { satisfies, type Value, valuesOf } from './values.ts';

/** The first slice that the value is of; undefined where it is of none. */
export function sliceOf(value: Value, { slices, discriminators }: ProfileNode): ProfileNode | undefined {
  return slices.find((slice) => isOf(value, slice, discriminators));
}

/** A choice may be sliced by its types without saying so (`valueQuantity`). */
function isOf(value: Value, slice: ProfileNode, discriminators: readonly Discriminator[]): boolean {
  if (discriminators.length === 0) return value.type !== null && isOfType(value, slice);
  return discriminators.every((discriminator) => holds(discriminator, value, slice));
}

function holds({ type, path }: Discriminator, value: Value, slice: ProfileNode): boolean {
  const steps = stepsOf(path);
  const node = nodeAt(slice, steps);
  const found = valuesThere([value], steps);
  if (type === 'exists') return found.length > 0 === (node === undefined || node.least > 0);
  if (type === 'type' || type === 'profile') return found.some((one) => isOfType(one, node ?? slice));
  if (path === 'url' && slice.profiles.length > 0) {
    return found.some((one) => slice.profiles.includes(textOf(one.value) ?? ''));
  }
  return node !== undefined && found.some((one) => satisfies(node, one.value));
}

/** Of a choice the name says it, of a resource its resourceType, of a reference what it leads to. */
function isOfType({ type, value }: Value, { types, profiles, targets }: ProfileNode): boolean {
  if (type !== null) return types.some((one) => one.toLowerCase() === type.toLowerCase());
  const resource = isObject(value) ? (textOf(value['resourceType']) ?? referredType(value)) : undefined;
  if (resource === undefined) return false;
  const names = [...types, ...[...profiles, ...targets].map((url) => url.slice(url.lastIndexOf('/') + 1))];
  return names.some((name) => name === resource || name.toLowerCase().endsWith(`-${resource.toLowerCase()}`));
}

function referredType(value: JsonObject): string | undefined {
  return /(?:^|\/)([A-Z][A-Za-z]+)\/[^/]+$/.exec(textOf(value['reference']) ?? '')?.[1];
}

/** `extension('url').value` and `value.ofType(Quantity)` are steps too. */
function stepsOf(path: string): readonly string[] {
  if (path === '$this') return [];
  return path.match(/[^.(]+(?:\([^)]*\))?/g)?.filter((step) => step !== 'resolve()') ?? [];
}

function nodeAt(slice: ProfileNode, steps: readonly string[]): ProfileNode | undefined {
  let node: ProfileNode | undefined = slice;
  for (const step of steps) {
    const url = extensionIn(step);
    if (/^(?:ofType|as)\(/.test(step)) continue;
    if (url !== undefined) {
      const sliced: ProfileNode | undefined = node?.children.find(({ name }) => name === 'extension');
      node = sliced?.slices.find(({ profiles }) => profiles.includes(url));
    } else node = node?.children.find(({ name }) => name === step || name === `${step}[x]`);
  }
  return node;
}

function valuesThere(values: readonly Value[], steps: readonly string[]): readonly Value[] {
  return steps.reduce((from, step) => from.flatMap(({ value }) => valuesIn(value, step)), values);
}

function valuesIn(value: unknown, step: string): readonly Value[] {
  if (/^(?:ofType|as)\(/.test(step)) return [{ value, name: '', index: null, type: null }];
  if (!isObject(value)) return [];
  const url = extensionIn(step);
  if (url === undefined) {
    const plain = valuesOf(value, step);
    return plain.length > 0 ? plain : valuesOf(value, `${step}[x]`);
  }
  return valuesOf(value, 'extension').filter((one) => isObject(one.value) && one.value['url'] === url);
}

function extensionIn(step: string): string | undefined {
  return /^extension\(['"]([^'"]*)['"]\)$/.exec(step)?.[1];
}
