/** What Joi found, in sentences of ours: Joi's own quote the value, and a secret with it. */
import type { ValidationErrorItem } from 'joi';
import type { Finding } from './mistakes.ts';
import { kin, nearest } from './nearest.ts';
import { formatPath, type Path } from './path.ts';
import { type Setting, settingAt } from './setting.ts';

/** `root` is the setting in which the detail's path begins; `at` where that setting stands in the file. */
export function explain(detail: ValidationErrorItem, root: Setting, at: Path = []): Finding {
  const path = [...at, ...detail.path];
  const setting = settingAt(root, detail.path);
  const value: unknown = detail.context?.['value'];
  if (detail.type === 'object.unknown') return unknownKey(detail.path, path, root, at);
  if (detail.type === 'any.required') return missing(path, setting);
  if (value === null) {
    return { path, message: 'This has no value.', suggestion: 'Give it one, or leave the key out.' };
  }
  if (detail.type === 'any.only') return notAllowed(path, value, setting);
  return { path, message: sentence(detail, setting), suggestion: hint(detail.type, setting) };
}

function unknownKey(within: Path, path: Path, root: Setting, at: Path): Finding {
  const name = String(path.at(-1));
  const parent = settingAt(root, within.slice(0, -1));
  const message = 'There is no such setting here.';
  return { path, message, suggestion: parent && keySuggestion(name, parent, root, at), atKey: true };
}

function keySuggestion(name: string, parent: Setting, root: Setting, at: Path): string | undefined {
  const known = [...parent.keys].filter(([, setting]) => !setting.seed).map(([key]) => key);
  const near = kin(name, known) ?? nearest(name, known);
  if (near !== undefined) return `Did you mean ${near}?`;
  const home = findKey(root, name);
  if (home !== undefined) return `It belongs at ${formatPath([...at, ...home])}.`;
  if (parent.entries?.name !== undefined) return `Names here have the form ${parent.entries.name}.`;
  return known.length === 0 ? undefined : `Known here: ${known.join(', ')}.`;
}

/** Where in the tree a key of this name belongs; not within lists, where the answer would name no place. */
function findKey(setting: Setting, name: string, path: Path = []): Path | undefined {
  for (const [key, child] of setting.keys) {
    if (key === name && !child.seed) return [...path, key];
    const found = findKey(child, name, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function missing(path: Path, setting: Setting | undefined): Finding {
  const name = String(path.at(-1));
  const what = setting?.values.length ? `one of ${setting.values.join(', ')}` : setting?.description;
  return { path, message: `${name} is missing.`, suggestion: what ? `Add ${name}: ${what}` : `Add ${name}.` };
}

function notAllowed(path: Path, value: unknown, setting: Setting | undefined): Finding {
  const values = setting?.values ?? [];
  const near = typeof value === 'string' ? nearest(value, values) : undefined;
  return {
    path,
    message: `This must be one of ${values.join(', ')}.`,
    suggestion: near === undefined ? undefined : `Did you mean ${near}?`,
  };
}

const byType: Readonly<Record<string, string>> = {
  'string.base': 'This must be text.',
  'string.empty': 'This must not be empty.',
  'number.base': 'This must be a number.',
  'number.integer': 'This must be a whole number.',
  'number.positive': 'This must be more than 0.',
  'number.infinity': 'This must be a finite number.',
  'number.unsafe': 'This number is too large.',
  'number.port': 'This must be a port: a number from 0 to 65535.',
  'boolean.base': 'This must be true or false.',
  'object.base': 'This must be a mapping: lines of the form key: value.',
  'array.base': 'This must be a list: lines that begin with a hyphen.',
  'array.unique': 'This is in the list twice.',
  'size.base': 'This must be a size, such as 512, 64KiB or 20GB.',
  'duration.base': 'This must be a duration, such as 30s, 15m, 12h or 7d.',
};

function sentence(detail: ValidationErrorItem, setting: Setting | undefined): string {
  const limit: unknown = detail.context?.['limit'];
  // What is written without a list is an item by itself.
  const own = setting?.messages.get(detail.type) ?? setting?.items?.messages.get(detail.type);
  const fixed = own ?? byType[detail.type] ?? betweenKeys(detail);
  if (fixed !== undefined) return fixed;
  if (typeof limit !== 'number')
    return `This is not what it must be${setting ? `: ${describe(setting)}` : '.'}`;
  if (detail.type === 'number.min') return `This must be at least ${limit}.`;
  if (detail.type === 'number.max') return `This must be at most ${limit}.`;
  if (detail.type === 'array.min') return `This needs at least ${limit} in its list.`;
  if (detail.type === 'string.min') return `This must have at least ${limit} characters.`;
  if (detail.type === 'string.max') return `This must have at most ${limit} characters.`;
  return `This is out of bounds: ${limit}.`;
}

/** What keys of one mapping ask of each other, by the lists that Joi gives; undefined for anything else. */
function betweenKeys({ type, context = {} }: ValidationErrorItem): string | undefined {
  const names = (key: string) => [context[key] as unknown].flat().filter((name) => typeof name === 'string');
  const [main = ''] = names('main');
  const [peer = ''] = names('peer');
  switch (type) {
    case 'object.missing':
      return `This needs ${names('peers').join(' or ')}.`;
    case 'object.with':
      return `${main} needs ${peer} beside it.`;
    case 'object.without':
      return `${main} and ${peer} exclude each other.`;
    case 'object.xor':
    case 'object.oxor':
      return `Only one of ${names('peers').join(' and ')} may be here.`;
    case 'object.and':
      return `${[...names('present'), ...names('missing')].join(' and ')} go together.`;
    default:
      return undefined;
  }
}

function describe(setting: Setting): string {
  return setting.description === '' ? `a ${setting.type}.` : setting.description;
}

function hint(type: string, setting: Setting | undefined): string | undefined {
  if (setting?.example !== undefined) return `For example: ${setting.example}`;
  return type === 'string.base' ? 'Text that YAML would read as something else needs quotes.' : undefined;
}
