/** An object of the JSON form, on which all checks work. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The items of an array; of anything else none. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects in an array. */
export function objects(value: unknown): readonly JsonObject[] {
  return items(value).filter(isObject);
}

/** Whether the element is there, by its value or by extensions in its place. */
export function has(object: JsonObject, name: string): boolean {
  return Object.hasOwn(object, name) || Object.hasOwn(object, `_${name}`);
}

/** The name under which a choice is there: `valueQuantity` for `value`. */
export function choiceOf(object: JsonObject, choice: string): string | undefined {
  for (const name of Object.keys(object)) {
    const from = name.startsWith('_') ? 1 : 0;
    if (name.startsWith(choice, from) && isUpper(name.charCodeAt(from + choice.length)))
      return name.slice(from);
  }
  return undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isUpper(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}
