import anyTest, { type TestFn } from 'ava';
import Joi from 'joi';
import { koaPath } from '../../src/http/admin/mount.ts';
import { jsonSchemaOf } from '../../src/http/openapi-schema.ts';
import { type Gateway, startGateway } from './admin/fakes.ts';

const test = anyTest as TestFn<Gateway>;

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: object }[];
  readonly responses: Readonly<
    Record<string, { description: string; content?: Record<string, { schema: object }> }>
  >;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

test.before(async (t) => {
  t.context = await startGateway();
});

test.after.always((t) => t.context.close());

async function documentOf(gateway: Gateway): Promise<Document> {
  return (await (await gateway.ask(undefined, '/openapi.json')).json()) as Document;
}

function operationsOf({ paths }: Document) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
}

/** Answered by the ingress's part of the server. */
const ofIngress = ['POST /validate', 'POST /ingress'];

test('every route that is documented is mounted, and every one that is mounted is documented', async (t) => {
  const documented = operationsOf(await documentOf(t.context))
    .map(({ path, method }) => `${method.toUpperCase()} ${koaPath(path)}`)
    .filter((each) => !ofIngress.includes(each));
  const mounted = t.context.router.stack
    .filter(({ path, methods }) => methods.length <= 2 && !String(path).startsWith('/dashboard/'))
    .map(({ path, methods }) => `${methods.find((method) => method !== 'HEAD') ?? ''} ${String(path)}`);
  t.deepEqual(documented.toSorted(), mounted.toSorted());
  t.true(mounted.length > 20);
});

test('the addresses at which this gateway takes messages in are documented', async (t) => {
  const { paths } = await documentOf(t.context);
  t.deepEqual(Object.keys(paths).slice(0, 2), ['/validate', '/ingress']);
  t.deepEqual(Object.keys(paths['/ingress']?.['post']?.responses ?? {}).toSorted(), [
    '200',
    '202',
    '400',
    '401',
    '403',
    '408',
    '413',
    '415',
    '422',
    '429',
    '503',
  ]);
});

test('operations have ids of their own, and every parameter of a path is described', async (t) => {
  const operations = operationsOf(await documentOf(t.context));
  const ids = operations.map(({ operation }) => operation.operationId);
  t.is(new Set(ids).size, ids.length);
  for (const { path, operation } of operations) {
    const inPath = (operation.parameters ?? []).filter((each) => each.in === 'path').map((each) => each.name);
    t.deepEqual(
      inPath,
      [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''),
      path,
    );
  }
});

test('the parameters of the search are those that it checks', async (t) => {
  const { paths } = await documentOf(t.context);
  const parameters = paths['/admin/messages']?.['get']?.parameters ?? [];
  t.deepEqual(
    parameters.map((each) => each.name),
    ['state', 'format', 'connector', 'rule', 'since', 'until', 'q', 'limit', 'cursor'],
  );
  t.like(parameters.find((each) => each.name === 'limit')?.schema, {
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 50,
  });
});

test('every reference leads somewhere', async (t) => {
  const document = await documentOf(t.context);
  t.is(document.openapi, '3.1.1');
  for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
    t.truthy(document.components.schemas[name ?? ''], name);
  }
  t.false(/"\$ref":"(?!#\/components\/schemas\/)/.test(JSON.stringify(document)));
});

test('every answer that is JSON has a schema, and every refusal is a problem', async (t) => {
  for (const { path, operation } of operationsOf(await documentOf(t.context))) {
    for (const [status, { content }] of Object.entries(operation.responses)) {
      t.truthy(content, `${path} ${status}`);
      const json = content?.['application/json'];
      if (json !== undefined && path !== '/openapi.json')
        t.not(Object.keys(json.schema).length, 0, `${path} ${status}`);
      if (Number(status) >= 400 && path !== '/readyz') t.truthy(content?.['application/problem+json'], path);
    }
  }
});

test('null beside an enumeration is among the values', (t) => {
  const schema = jsonSchemaOf(Joi.object({ format: Joi.string().valid('fhir').allow(null) }));
  t.like(schema, { properties: { format: { type: ['string', 'null'], enum: ['fhir', null] } } });
});

test('the page of the API shows every route, without a script, and loads nothing from elsewhere', async (t) => {
  const response = await t.context.ask(undefined, '/docs');
  const html = await response.text();
  for (const { path } of t.context.routes) t.true(html.includes(`<code>${path}</code>`), path);
  t.false(/<script|https?:\/\//.test(html));
  t.regex(response.headers.get('Content-Security-Policy') ?? '', /default-src 'none'/);
});
