/**
 * A Joi schema as a tree of settings: what the reference page, the JSON Schema for editors and the sentences about
 * mistakes are made from.
 */
import type { Description, Schema } from 'joi';

export interface Setting {
  /** `object`, `string`, `number`, `boolean`, `array`, `size`, `duration`, `alternatives`, `any`. */
  readonly type: string;
  readonly description: string;
  readonly required: boolean;
  /** The default as it is written in a file; undefined where there is none. */
  readonly default: unknown;
  /** The only values that are allowed; empty where any value of the type is. */
  readonly values: readonly string[];
  readonly secret: boolean;
  /** A key of the seed: accepted with a warning. */
  readonly seed: boolean;
  readonly integer: boolean;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly pattern: string | undefined;
  readonly example: string | undefined;
  /** The author's own sentences by Joi's error type, such as `string.pattern.name`. */
  readonly messages: ReadonlyMap<string, string>;
  readonly keys: ReadonlyMap<string, Setting>;
  /** What each key of an open object holds: its value, and the form of its name. */
  readonly entries: { readonly name: string | undefined; readonly value: Setting } | undefined;
  readonly items: Setting | undefined;
  readonly alternatives: readonly Setting[];
}

export function settingOf(schema: Schema): Setting {
  return fromDescription(schema.describe());
}

/** The setting at a path, or undefined where the schema has none. */
export function settingAt(root: Setting, path: readonly (string | number)[]): Setting | undefined {
  let setting: Setting | undefined = root;
  for (const part of path) {
    if (setting === undefined) return undefined;
    setting = typeof part === 'number' ? itemOf(setting) : (setting.keys.get(part) ?? setting.entries?.value);
  }
  return setting;
}

function itemOf(setting: Setting): Setting | undefined {
  return setting.items ?? setting.alternatives.find((one) => one.items !== undefined)?.items;
}

/** Joi types a description loosely: it is read here, and nowhere else, as unknown. */
function fromDescription(source: Description): Setting {
  const raw: Readonly<Record<string, unknown>> = source;
  const flags = record(raw['flags']);
  const meta = Object.assign({}, ...list(raw['metas']).map(record)) as Record<string, unknown>;
  return {
    type: String(raw['type']),
    description: text(flags['description']) ?? '',
    required: flags['presence'] === 'required',
    default: meta['default'] ?? plainDefault(flags['default']),
    values: flags['only'] === true ? list(raw['allow']).filter((value) => typeof value === 'string') : [],
    secret: meta['secret'] === true,
    seed: meta['seed'] === true,
    example: text(list(raw['examples'])[0]),
    messages: messagesOf(record(record(raw['preferences'])['messages'])),
    ...rulesOf(list(raw['rules']).map(record)),
    ...childrenOf(raw),
  };
}

function rulesOf(rules: readonly Readonly<Record<string, unknown>>[]) {
  const argument = (name: string, key: string) =>
    record(rules.find((rule) => rule['name'] === name)?.['args'])[key];
  const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
  const isPort = rules.some((rule) => rule['name'] === 'port');
  return {
    integer: isPort || rules.some((rule) => rule['name'] === 'integer'),
    min: isPort ? 0 : number(argument('min', 'limit')),
    max: isPort ? 65_535 : number(argument('max', 'limit')),
    pattern: patternText(argument('pattern', 'regex')),
  };
}

/** Only sentences without a value in them: the label in front becomes "This". */
function messagesOf(templates: Readonly<Record<string, unknown>>): Map<string, string> {
  const sentences = Object.entries(templates)
    .map(([type, template]): [string, string] => [type, text(record(template)['template'] ?? template) ?? ''])
    .map(([type, template]): [string, string] => [type, template.replace(/^"?\{\{?#label\}\}?"?/, 'This')])
    .filter(([, template]) => template !== '' && !template.includes('{'));
  return new Map(
    sentences.map(([type, template]) => [type, template.endsWith('.') ? template : `${template}.`]),
  );
}

function childrenOf(raw: Readonly<Record<string, unknown>>) {
  const keys = new Map(
    Object.entries(record(raw['keys'])).map(([key, child]) => [key, fromDescription(record(child))]),
  );
  const open = record(list(raw['patterns'])[0]);
  const items = list(raw['items'])[0];
  return {
    keys,
    entries:
      'rule' in open ? { name: entryName(open), value: fromDescription(record(open['rule'])) } : undefined,
    items: items === undefined ? undefined : fromDescription(record(items)),
    alternatives: list(raw['matches'])
      .map((match) => record(match)['schema'])
      .filter((schema) => schema !== undefined)
      .map((schema) => fromDescription(record(schema))),
  };
}

/** The form of the keys of an open object: given as a regular expression, or as a schema with a pattern. */
function entryName(open: Readonly<Record<string, unknown>>): string | undefined {
  const rules = list(record(open['schema'])['rules']).map(record);
  return patternText(open['regex']) ?? rulesOf(rules).pattern;
}

/** An object's default stands with its keys. */
function plainDefault(value: unknown): unknown {
  return typeof value === 'object' && !Array.isArray(value) ? undefined : value;
}

/** Joi describes a regular expression as `/source/flags`. */
function patternText(regex: unknown): string | undefined {
  return typeof regex === 'string' ? regex.replace(/^\/(.*)\/[a-z]*$/s, '$1') : undefined;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
