/** The requests of a batch or a transaction: what each is to do, and with what (R4, http.html#transaction). */
import { isObject, type JsonObject, textOf } from './json-object.ts';
import type { Scope } from './scope.ts';

const PATH = 'Bundle.entry.request';
const withBody = new Set(['POST', 'PUT', 'PATCH']);
const withoutBody = new Set(['GET', 'DELETE', 'HEAD']);
/** What changes a resource that has its identity already. */
const changing = new Set(['PUT', 'PATCH', 'DELETE']);

/** What is created or updated is in the entry, and its URL says what it is. */
export function checkRequest(entry: JsonObject, scope: Scope): void {
  const { request, resource } = entry;
  if (!isObject(request)) return;
  const method = textOf(request['method']) ?? '';
  if (withBody.has(method) === isObject(resource)) {
    if (isObject(resource) && method !== 'PATCH') checkUrl(method, request, resource, scope);
  } else if (withBody.has(method)) {
    scope.findings.add(
      'fhir/bundle-entry',
      `A request ${method} needs a resource: what is to be written.`,
      PATH,
    );
  } else if (withoutBody.has(method)) {
    scope.findings.add('fhir/bundle-entry', `A request ${method} has no resource.`, PATH);
  }
}

function checkUrl(method: string, request: JsonObject, resource: JsonObject, scope: Scope): void {
  const url = textOf(request['url']) ?? '';
  const [type = '', id = ''] = url.split('?', 1)[0]?.split('/') ?? [];
  if (!scope.definitions.isResourceType(type) || id.startsWith('$')) return;
  const report = (message: string) => scope.findings.addAt('request', 'fhir/bundle-entry', message, PATH);
  if (type !== resource['resourceType']) {
    report('The URL of the request names another type than its resource has.');
  } else if (method === 'POST' && id !== '' && id !== '_search') {
    report('A POST creates at the URL of the type, as in Patient: with an id in the URL it is a PUT.');
  } else if (method === 'PUT' && id !== '' && id !== resource['id']) {
    report('The URL of a PUT ends with the id that its resource has: this one has another or none.');
  }
}

/** A transaction in which two entries write one resource has no order, and fails. */
export function checkWrittenOnce({ request }: JsonObject, written: Set<string>, { findings }: Scope): void {
  if (!isObject(request) || !changing.has(textOf(request['method']) ?? '')) return;
  const url = textOf(request['url']) ?? '';
  if (url === '' || !written.has(url)) written.add(url);
  else
    findings.addAt(
      'request',
      'fhir/bundle-entry',
      'Another entry of the transaction writes this resource too.',
      PATH,
    );
}
