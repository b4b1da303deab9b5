/** `/openapi.json`: the HTTP API, described from the routes and schemas that answer it. OpenAPI 3.1.1. */
import type { ErrorCode } from '../errors.ts';
import type { AnswerShape, Route } from './admin/route.ts';
import { actorNode, problem } from './admin/schemas.ts';
import { ingressPaths, type IngressAddress } from './openapi-ingress.ts';
import { problemsOf } from './openapi-problems.ts';
import { jsonSchemaOf, propertiesOf } from './openapi-schema.ts';

export interface ApiFacts {
  readonly version: string;
  readonly routes: readonly Route[];
  /** Where the connectors of this gateway take messages in. */
  readonly ingress: readonly IngressAddress[];
}

/** Met on any route that asks for a permission, and on any route at all. */
const guardedErrors: readonly ErrorCode[] = ['request/unauthenticated', 'request/forbidden'];
const commonErrors: readonly ErrorCode[] = ['request/malformed', 'request/foreign-host', 'internal/bug'];

export function openApi({ version, routes, ingress }: ApiFacts): object {
  return {
    openapi: '3.1.1',
    info: {
      title: 'HealthOS',
      version,
      description: 'A gateway for health data. Errors are problem documents (RFC 9457) with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: { ...ingressPaths(ingress), ...pathsOf(routes) },
    components: {
      schemas: { ActorNode: jsonSchemaOf(actorNode), Problem: jsonSchemaOf(problem) },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Asked for where `app.auth` is configured.' },
      },
    },
  };
}

function pathsOf(routes: readonly Route[]): Record<string, object> {
  const paths = [...new Set(routes.map((route) => route.path))];
  return Object.fromEntries(
    paths.map((path) => {
      const operations = routes
        .filter((route) => route.path === path)
        .map((route) => [route.method.toLowerCase(), operationOf(route)]);
      return [path, Object.fromEntries(operations) as object];
    }),
  );
}

function operationOf(route: Route): object {
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [tagOf(route.path)],
    security: route.permission === 'open' ? [] : [{ token: [] }, {}],
    parameters: [
      ...propertiesOf(route.params).map((each) => ({ ...each, in: 'path', required: true })),
      ...propertiesOf(route.query).map((each) => ({ ...each, in: 'query' })),
    ],
    ...(route.requestBody === undefined ? {} : { requestBody: bodyOf(route.requestBody) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, shape]) => [status, answerOf(shape)] as const),
      ),
      ...problemsOf(errorsOf(route), Object.keys(route.answers)),
    },
  };
}

/** `getAdminConnectorsId` */
function operationId({ method, path }: Route): string {
  const words = path.split(/[^A-Za-z]+/).filter((word) => word !== '');
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return method.toLowerCase() + (name === '' ? 'Dashboard' : name);
}

/** `/admin/connectors/{id}` is of the connectors, `/admin` of the gateway. */
function tagOf(path: string): string {
  const [, first = '', second] = path.split('/');
  return first === 'admin' ? (second ?? 'gateway') : 'service';
}

function bodyOf(description: string): object {
  return { description, required: false, content: { '*/*': { schema: {} } } };
}

function answerOf({ description, schema, type }: AnswerShape): object {
  if (schema !== undefined) {
    return { description, content: { 'application/json': { schema: jsonSchemaOf(schema) } } };
  }
  return { description, content: { [type ?? 'application/octet-stream']: { schema: { type: 'string' } } } };
}

function errorsOf(route: Route): readonly ErrorCode[] {
  const guarded = route.permission === 'open' ? [] : guardedErrors;
  const foreign: readonly ErrorCode[] = route.method === 'POST' ? ['request/foreign-origin'] : [];
  return [...(route.errors ?? []), ...commonErrors, ...guarded, ...foreign];
}
