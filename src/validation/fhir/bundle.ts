/** The rules of Bundles that are no invariants: URLs of entries, requests, search results, links (R4, bundle.html). */
import { partsOf } from './bundle-index.ts';
import { checkRequest, checkWrittenOnce } from './bundle-request.ts';
import { isObject, items, type JsonObject, objects, textOf } from './json-object.ts';
import type { Scope } from './scope.ts';

const absolute = /^[a-z][a-z0-9+.-]*:\S/i;
/** Of these an entry may come without a URL: the server gives it one, or has answered. */
const withoutUrls = new Set(['batch', 'transaction', 'batch-response', 'transaction-response']);

export function checkBundle(bundle: JsonObject, scope: Scope): void {
  const type = textOf(bundle['type']) ?? '';
  const written = new Set<string>();
  checkLinks(bundle, scope);
  scope.findings.enter('entry');
  for (const [index, entry] of items(bundle['entry']).entries()) {
    if (!isObject(entry)) continue;
    scope.findings.enter(index);
    checkFullUrl(entry, type, scope);
    if (type === 'transaction' || type === 'batch') checkRequest(entry, scope);
    if (type === 'transaction') checkWrittenOnce(entry, written, scope);
    if (type === 'searchset') checkSearchResult(entry, searchedTypes(bundle), scope);
    scope.findings.leave();
  }
  scope.findings.leave();
}

/** A relation says what its link is: two with the same contradict each other. */
function checkLinks(bundle: JsonObject, { findings }: Scope): void {
  const relations = objects(bundle['link']).map(({ relation }) => relation);
  if (new Set(relations).size === relations.length) return;
  findings.addAt(
    'link',
    'fhir/bundle-link',
    'Two links of the Bundle have the same relation.',
    'Bundle.link',
  );
}

function checkFullUrl(entry: JsonObject, type: string, { findings, definitions }: Scope): void {
  const url = textOf(entry['fullUrl']);
  const resource = isObject(entry['resource']) ? entry['resource'] : undefined;
  if (resource === undefined) return;
  if (url === undefined) {
    if (withoutUrls.has(type) || resource['resourceType'] === 'OperationOutcome') return;
    findings.add(
      'fhir/full-url-missing',
      'An entry needs a fullUrl: the identity of its resource.',
      'Bundle.entry.fullUrl',
    );
  } else if (!absolute.test(url)) {
    findings.addAt('fullUrl', 'fhir/full-url', 'A fullUrl is absolute.', 'Bundle.entry.fullUrl');
  } else {
    const parts = partsOf(url);
    const isKnown = parts !== null && definitions.isResourceType(parts.type);
    if (!isKnown || (parts.type === resource['resourceType'] && parts.id === resource['id'])) return;
    const message = 'The fullUrl ends with a type and an id, but its resource has not these.';
    findings.addAt('fullUrl', 'fhir/full-url', message, 'Bundle.entry.fullUrl');
  }
}

/** R4, search.html: what was found has an id, and is of the types that were searched. */
function checkSearchResult(entry: JsonObject, types: ReadonlySet<string> | null, { findings }: Scope): void {
  const { resource, search } = entry;
  if (!isObject(resource)) return;
  const mode = isObject(search) ? search['mode'] : undefined;
  const type = textOf(resource['resourceType']) ?? '';
  findings.enter('resource');
  if (mode === 'outcome' && type !== 'OperationOutcome') {
    findings.add(
      'fhir/bundle-entry',
      'What tells of the search is an OperationOutcome.',
      'Bundle.entry.search.mode',
    );
  }
  if (mode === 'match' && types !== null && !types.has(type)) {
    findings.add(
      'fhir/bundle-entry',
      'The search was for other types than this.',
      'Bundle.entry.search.mode',
    );
  }
  if (mode === 'match' && !Object.hasOwn(resource, 'id')) {
    findings.add('fhir/bundle-entry', 'What a search finds has an id.', 'Bundle.entry.search.mode');
  }
  findings.leave();
}

/** The types that the link to the search itself names, where it does. */
function searchedTypes(bundle: JsonObject): ReadonlySet<string> | null {
  const self = objects(bundle['link']).find(({ relation }) => relation === 'self');
  const types = /[?&]_type=([A-Za-z,]+)/.exec(textOf(self?.['url']) ?? '')?.[1];
  return types === undefined ? null : new Set(types.split(','));
}
