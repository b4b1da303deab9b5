/** Extensions: what they hold, where they stand, and whether they may change the meaning (R4, extensibility.html). */
import type { ElementDefinition, ExtensionDefinition, ExtensionPart, TypeDefinition } from './definitions.ts';
import { choiceOf, isObject, items, type JsonObject, textOf } from './json-object.ts';
import { checkAgainst } from './profiles/check.ts';
import type { Scope } from './scope.ts';

const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:\S/;

/** The extensions of an object. Those within an extension are its parts, and may have short names. */
export function checkExtensions(
  object: JsonObject,
  type: TypeDefinition,
  holder: ElementDefinition | null,
  scope: Scope,
): void {
  const own = type.name === 'Extension' ? textOf(object['url']) : undefined;
  for (const name of ['extension', 'modifierExtension'] as const) {
    if (!Object.hasOwn(object, name)) continue;
    scope.findings.enter(name);
    for (const [index, extension] of items(object[name]).entries()) {
      if (!isObject(extension)) continue;
      scope.findings.enter(index);
      checkOne(extension, name === 'modifierExtension', { type, holder, own }, scope);
      scope.findings.leave();
    }
    scope.findings.leave();
  }
}

/** What an extension stands in. */
interface Surroundings {
  readonly type: TypeDefinition;
  readonly holder: ElementDefinition | null;
  /** The URL, where it is itself an extension. */
  readonly own: string | undefined;
}

function checkOne(extension: JsonObject, isModifier: boolean, around: Surroundings, scope: Scope): void {
  const { findings, definitions } = scope;
  checkContent(extension, findings);
  const url = textOf(extension['url']);
  if (url === undefined) return;
  if (!absolute.test(url) && around.type.name !== 'Extension') {
    findings.addAt('url', 'fhir/extension-url', 'The URL of an extension is absolute.', 'Extension.url');
    return;
  }
  const profile = scope.profiles?.get(url);
  if (profile !== undefined) {
    checkContext(profile.contexts, around, scope);
    checkAgainst(extension, profile, scope);
  }
  checkPartOfProfile(url, around, scope);
  const known = definitions.extension(url);
  if (known !== undefined) checkKnown(extension, known, isModifier, around, scope);
  else if (around.own === undefined && profile === undefined) checkUnknown(url, isModifier, findings);
}

/** ext-1. */
function checkContent(extension: JsonObject, findings: Scope['findings']): void {
  const hasValue = choiceOf(extension, 'value') !== undefined;
  if (hasValue !== Object.hasOwn(extension, 'extension')) return;
  const message = hasValue
    ? 'An extension has a value or extensions, not both.'
    : 'An extension needs a value or extensions.';
  findings.add('fhir/extension-value', message);
}

function checkUnknown(url: string, isModifier: boolean, findings: Scope['findings']): void {
  if (isModifier) {
    const message = 'A modifier extension that is not known may change the meaning of all that it stands in.';
    findings.addAt('url', 'fhir/modifier-extension-unknown', message);
  } else if (url.startsWith('http://hl7.org/fhir/StructureDefinition/')) {
    findings.addAt(
      'url',
      'fhir/extension-unknown',
      'The standard defines no such extension in this release.',
    );
  }
}

function checkKnown(
  extension: JsonObject,
  known: ExtensionDefinition,
  isModifier: boolean,
  around: Surroundings,
  scope: Scope,
): void {
  if (known.isModifier !== isModifier) {
    const message = isModifier
      ? 'This extension changes no meaning: it belongs into extension.'
      : 'This extension changes the meaning: it belongs into modifierExtension.';
    scope.findings.add('fhir/modifier-extension', message);
  }
  checkContext(known.contexts, around, scope);
  checkValueOf(extension, known.values, scope);
  if (known.parts !== null) checkParts(extension, known.parts, scope);
}

function checkContext(contexts: ReadonlySet<string>, around: Surroundings, { findings }: Scope): void {
  if (mayStandIn(contexts, around)) return;
  const message = `This extension may not stand here, but in: ${[...contexts].join(', ')}.`;
  findings.add('fhir/extension-context', message);
}

/** A short name is that of a part, which the profile of the extension around it has to have. */
function checkPartOfProfile(url: string, { own }: Surroundings, { profiles, findings }: Scope): void {
  if (own === undefined || absolute.test(url)) return;
  const parts = profiles?.get(own)?.root.children.find(({ name }) => name === 'extension')?.slices ?? [];
  const names = parts.map(({ children }) => children.find(({ name }) => name === 'url')?.fixed);
  if (names.length === 0 || names.includes(url)) return;
  const shown = names.filter((name) => typeof name === 'string').join(', ');
  findings.add('fhir/extension-url', `This extension has no part of this name, but: ${shown}.`);
}

function mayStandIn(contexts: ReadonlySet<string>, { type, holder, own }: Surroundings): boolean {
  if (contexts.size === 0 || contexts.has('Element')) return true;
  if (own !== undefined && contexts.has(own)) return true;
  if (holder !== null && (contexts.has(holder.path.replace('[x]', '')) || contexts.has(holder.typeName)))
    return true;
  return type.lineage.some((name) => contexts.has(name));
}

function checkValueOf(
  extension: JsonObject,
  values: ReadonlyMap<string, ElementDefinition> | null,
  { findings }: Scope,
): void {
  const name = choiceOf(extension, 'value');
  if (name === undefined) return;
  if (values === null) {
    findings.addAt(name, 'fhir/extension-value', 'This extension has no value, but extensions.');
    return;
  }
  const definition = values.get(name);
  if (definition === undefined) {
    const allowed = [...values.keys()].join(', ');
    findings.addAt(name, 'fhir/extension-value', `This extension has a value of another type: ${allowed}.`);
    return;
  }
  const code = extension[name];
  if (definition.codes === null || typeof code !== 'string' || definition.codes.has(code)) return;
  findings.addAt(
    name,
    'fhir/required-binding',
    `The code is not of the value set ${definition.codes.valueSet}.`,
  );
}

function checkParts(extension: JsonObject, parts: ReadonlyMap<string, ExtensionPart>, scope: Scope): void {
  const counts = new Map<string, number>();
  for (const [index, part] of items(extension['extension']).entries()) {
    if (!isObject(part)) continue;
    const url = textOf(part['url']) ?? '';
    counts.set(url, (counts.get(url) ?? 0) + 1);
    const definition = parts.get(url);
    scope.findings.enter('extension');
    scope.findings.enter(index);
    if (definition !== undefined) checkValueOf(part, definition.values, scope);
    else if (!absolute.test(url))
      scope.findings.add('fhir/extension-url', 'This extension has no part of this name.');
    scope.findings.leave();
    scope.findings.leave();
  }
  for (const [url, { least, most }] of parts) checkPartCount(url, counts.get(url) ?? 0, least, most, scope);
}

function checkPartCount(url: string, count: number, least: number, most: number, { findings }: Scope): void {
  if (count < least) findings.add('fhir/extension-value', `The part ${url} of this extension is missing.`);
  if (count > most)
    findings.add('fhir/extension-value', `The part ${url} of this extension is there too often.`);
}
