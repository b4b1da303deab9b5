/** References: their form, the types that they may lead to, and what they lead to (R4, references.html). */
import { partsOf } from './bundle-index.ts';
import type { ElementDefinition } from './definitions.ts';
import { type JsonObject, textOf } from './json-object.ts';
import type { EntryScope, Scope } from './scope.ts';

const relative = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/;
const conditional = /^([A-Z][A-Za-z]+)\?\S+$/;
const scheme = /^[a-z][a-z0-9+.-]*:/i;

/** Of a Composition, these have to be in the document (R4, documents.html#content). */
const partsOfDocument =
  /^Composition\.(?:subject|encounter|author|custodian|attester\.party|event\.detail|section\.(?:author|entry|focus))$/;

export function checkReference(value: JsonObject, definition: ElementDefinition | null, scope: Scope): void {
  const reference = textOf(value['reference']);
  const stated = textOf(value['type']);
  checkStated(stated, definition, scope);
  if (reference === undefined || reference === '') return;
  const type = typeOf(reference, definition, scope);
  if (type === undefined) return;
  if (stated !== undefined && stated !== type && scope.definitions.isResourceType(stated)) {
    scope.findings.add(
      'fhir/reference-target',
      `The reference leads to ${type}, but its type says otherwise.`,
    );
  }
  checkTarget(type, definition, scope);
}

function checkStated(stated: string | undefined, definition: ElementDefinition | null, scope: Scope): void {
  if (stated === undefined || scheme.test(stated)) return;
  if (scope.definitions.isResourceType(stated)) checkTarget(stated, definition, scope);
  else
    scope.findings.addAt('type', 'fhir/reference-target', 'The type of a reference is that of a resource.');
}

function checkTarget(
  type: string,
  definition: ElementDefinition | null,
  { findings, definitions }: Scope,
): void {
  const targets = definition?.targets ?? null;
  if (targets === null || !definitions.isResourceType(type)) return;
  if (definitions.type(type).lineage.some((name) => targets.has(name))) return;
  const allowed = [...targets].join(', ');
  const message = `The reference leads to ${type}, but may only lead to: ${allowed}.`;
  findings.add('fhir/reference-target', message, definition?.path);
}

/** The type of what is referred to, where it can be told; what is wrong with the reference is reported. */
function typeOf(reference: string, definition: ElementDefinition | null, scope: Scope): string | undefined {
  if (reference.startsWith('#')) return typeOfContained(reference.slice(1), scope);
  const [whole = ''] = reference.split('#', 1);
  if (scheme.test(whole)) {
    return typeInBundle(whole, definition, scope) ?? partsOf(whole.split('/_history/', 1)[0] ?? '')?.type;
  }
  const [, written] = relative.exec(whole) ?? conditionalIn(whole, scope) ?? [];
  if (written === undefined || !scope.definitions.isResourceType(written)) {
    const message =
      'A reference is a URL, a resource type and an id (Patient/p1), or # and the id of what is contained.';
    scope.findings.addAt('reference', 'fhir/reference-form', message, definition?.path);
    return undefined;
  }
  checkActual(written, typeInBundle(whole, definition, scope), scope);
  return written;
}

/** A search in place of an id is resolved when a transaction is carried out (R4, http.html#trules), and nowhere else. */
function conditionalIn(reference: string, { entry, definitions, findings }: Scope): RegExpExecArray | null {
  const found = conditional.exec(reference);
  if (found === null || entry?.bundle.kind === 'transaction' || !definitions.isResourceType(found[1] ?? ''))
    return found;
  const message = 'A search in place of an id is for transactions: nobody resolves it here.';
  findings.addAt('reference', 'fhir/reference-form', message);
  return found;
}

function typeOfContained(id: string, { contained, root, findings }: Scope): string | undefined {
  if (id === '') return textOf(root['resourceType']);
  const type = contained.get(id);
  if (type !== undefined) return type;
  const message = 'There is no contained resource with this id (ref-1).';
  findings.addAt('reference', 'fhir/reference-unresolved', message, 'Reference (ref-1)');
  return undefined;
}

function checkActual(written: string, actual: string | undefined, { findings }: Scope): void {
  if (actual === undefined || actual === written) return;
  const message = `The reference names ${written}, but leads to ${actual} in the Bundle.`;
  findings.addAt('reference', 'fhir/reference-target', message);
}

/** The type of the entry that is referred to, where the resource lies in a Bundle that has it. */
function typeInBundle(
  reference: string,
  definition: ElementDefinition | null,
  scope: Scope,
): string | undefined {
  const { entry, findings } = scope;
  if (entry === null || conditional.test(reference)) return undefined;
  const found = entry.bundle.resolve(reference, entry.fullUrl);
  if (found.length === 1) return found[0]?.type;
  if (found.length > 1) {
    const message = 'Several entries of the Bundle have this URL: name a version.';
    findings.addAt('reference', 'fhir/reference-unresolved', message);
  } else if (hasToBeThere(reference, definition, entry)) {
    const message = 'No entry of the Bundle has this URL, and what is referred to has to be there.';
    findings.addAt('reference', 'fhir/reference-unresolved', message);
  }
  return undefined;
}

/** A UUID has no other meaning than an entry of the same Bundle; a document is whole (R4, documents.html). */
function hasToBeThere(reference: string, definition: ElementDefinition | null, entry: EntryScope): boolean {
  if (/^urn:(uuid|oid):/.test(reference))
    return ['document', 'message', 'transaction'].includes(entry.bundle.kind);
  return entry.bundle.kind === 'document' && entry.isHead && partsOfDocument.test(definition?.path ?? '');
}
