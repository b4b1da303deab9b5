/** The addresses of a FhirEndpoint, as `/openapi.json` describes them: what is answered there is a resource of FHIR. */
import type { IngressAddress } from './openapi-ingress.ts';

const types = ['application/fhir+json', 'application/fhir+xml'];
const outcome = contentOf('An OperationOutcome (FHIR R4).');

export function fhirPaths({ url, owner }: IngressAddress): Record<string, object> {
  const resource = `Takes a resource or a Bundle in, through the connector ${owner}.`;
  const validation = 'Validates a resource, and stores nothing.';
  return {
    [url]: { post: posting(url, resource, received) },
    [`${url}/{type}`]: { parameters: [typeParameter], post: posting(`${url}/type`, resource, received) },
    [`${url}/$validate`]: { post: posting(`${url}/validate`, validation, judged) },
    [`${url}/{type}/$validate`]: {
      parameters: [typeParameter],
      post: posting(`${url}/type/validate`, validation, judged),
    },
    [`${url}/metadata`]: {
      get: {
        operationId: operationId('get', `${url}/metadata`),
        summary: 'What this endpoint takes in.',
        tags: ['fhir'],
        security: [],
        responses: {
          200: { description: 'A CapabilityStatement.', content: contentOf('A CapabilityStatement.') },
        },
      },
    },
  };
}

const typeParameter = {
  name: 'type',
  in: 'path',
  required: true,
  description: 'The type of the resource: `Patient`.',
  schema: { type: 'string' },
};

const judged = { 200: { description: 'What was found, good or bad.', content: outcome } };
const received = {
  202: { description: 'Stored; it will be validated.', content: outcome },
  200: { description: 'With `Prefer: wait`: stored, and valid.', content: outcome },
};

function posting(id: string, summary: string, responses: object): object {
  return {
    operationId: operationId('post', id),
    summary,
    tags: ['fhir'],
    security: [{ token: [] }, {}],
    requestBody: { required: true, content: contentOf('The resource.') },
    responses: { ...responses, default: { description: 'Refused, and why.', content: outcome } },
  };
}

function contentOf(description: string): object {
  return Object.fromEntries(types.map((type) => [type, { schema: { type: 'object', description } }]));
}

function operationId(method: string, path: string): string {
  return `${method}${path.replaceAll(/[^A-Za-z0-9]+/g, '_')}`;
}
