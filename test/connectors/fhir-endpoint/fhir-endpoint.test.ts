/** What a FhirEndpoint answers; its life as a connector is held to the contract suite. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { FhirEndpointConfig } from '../../../src/connectors/fhir-endpoint/config.ts';
import { fhirEndpoint } from '../../../src/connectors/fhir-endpoint/index.ts';
import type { ConnectorContext } from '../../../src/connectors/connector.ts';
import { HealthosError } from '../../../src/errors.ts';
import { createHttpServer } from '../../../src/http/server.ts';
import type { HttpServerOptions } from '../../../src/http/server.ts';
import type { Arrival, Deliver } from '../../../src/messages/envelope.ts';
import { readSample, findSample } from '../../../src/samples/index.ts';
import type { Journey } from '../../../src/store/journal.ts';
import { fhirSettings } from '../../../src/validation/fhir/settings.ts';
import { levelsOf } from '../../../src/validation/levels.ts';
import type { Payload } from '../../../src/validation/on-demand.ts';
import { validate } from '../../../src/validation/validate.ts';
import { accept, quiet } from '../../http/ingress-fixture.ts';
import { examine } from '../../validation/fhir/examine.ts';
import { contextOf } from '../contract-world.ts';

interface Issue {
  readonly severity: string;
  readonly code: string;
  readonly details: { readonly text: string };
  readonly diagnostics?: string;
  readonly expression?: readonly string[];
  readonly location?: readonly string[];
}

interface Options {
  readonly config?: Partial<FhirEndpointConfig>;
  readonly context?: Partial<ConnectorContext>;
  readonly deliver?: Deliver;
  readonly server?: Partial<HttpServerOptions>;
}

const good = text('fhir-patient');
const bad = text('fhir-required-binding');
const levels = levelsOf({ preset: 'standard', rules: {} });

function text(name: string): string {
  const sample = findSample(name);
  return sample === undefined ? '' : readSample(sample).toString();
}

async function start(t: ExecutionContext, options: Options = {}) {
  const server = createHttpServer({ host: '127.0.0.1', port: 0, log: quiet, ...options.server });
  const lent = contextOf(server.ingress);
  const context = { ...lent.context, judge, ...options.context };
  const config = { url: '/fhir', max_bytes: 2 ** 20, bulk: 'whole', ...options.config } as const;
  const connector = fhirEndpoint.create(config, context);
  const arrivals: Arrival[] = [];
  const stopping = new AbortController();
  await connector.connect(stopping.signal);
  const running = connector.run((arrival) => {
    arrivals.push(arrival);
    return (options.deliver ?? accept)(arrival);
  }, stopping.signal);
  const { url } = await server.listen();
  const stop = async () => {
    stopping.abort();
    await running;
  };
  t.teardown(async () => {
    await Promise.all([stop(), server.close()]);
    await connector.close();
  });
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/fhir+json', ...headers },
    });
  return { url, arrivals, refused: lent.refused, post, stop };
}

/** As the gateway's own thread does it. */
function judge({ bytes, ...said }: Payload) {
  return Promise.resolve(validate(bytes, { levels, ...said }));
}

/** The one issue of an answer that is an OperationOutcome, itself valid. */
async function outcomeOf(t: ExecutionContext, response: Response, status: number): Promise<Issue> {
  t.is(response.status, status);
  t.is(response.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
  t.truthy(response.headers.get('x-request-id'));
  const outcome = (await response.json()) as { resourceType: string; issue: Issue[] };
  t.is(outcome.resourceType, 'OperationOutcome');
  t.true(examine(outcome).valid);
  t.is(outcome.issue.length, 1);
  const [issue] = outcome.issue;
  if (issue === undefined) throw new Error('there is no issue');
  return issue;
}

test('a resource, or a Bundle, is stored and answered 202 with an outcome that names it', async (t) => {
  const { post, arrivals } = await start(t);
  for (const [path, body] of [
    ['/fhir/Patient', good],
    ['/fhir', text('fhir-bundle-transaction')],
    ['/fhir/', bad],
  ] as const) {
    const response = await post(path, body);
    const issue = await outcomeOf(t, response, 202);
    t.is(issue.severity, 'information');
    t.is(issue.code, 'informational');
    t.is(response.headers.get('location'), `/admin/messages/${issue.diagnostics?.slice(8) ?? ''}`);
    const { body: stored } = arrivals.at(-1) ?? {};
    t.is(Buffer.from(stored as Uint8Array).toString(), body);
  }
  t.is(arrivals.length, 3);
});

test('with Prefer: wait the outcome is the verdict, and the status says which', async (t) => {
  const journey = (state: 'valid' | 'invalid'): Partial<Journey> => ({
    state,
    format: 'fhir',
    version: '4.0.1',
    type: 'Patient',
    issues:
      state === 'valid'
        ? []
        : [
            {
              rule: 'fhir/required-binding',
              severity: 'error',
              location: 'Patient.gender',
              line: 7,
              column: 3,
              message: 'No.',
              spec: 'FHIR R4 (4.0.1), Patient.gender',
            },
          ],
    issues_total: state === 'valid' ? 0 : 1,
  });
  let state: 'valid' | 'invalid' = 'valid';
  const verdict = () => Promise.resolve(journey(state) as Journey);
  const { post } = await start(t, { context: { verdict } });
  t.is((await outcomeOf(t, await post('/fhir', good, { Prefer: 'wait=5' }), 200)).severity, 'information');
  state = 'invalid';
  const issue = await outcomeOf(t, await post('/fhir', bad, { Prefer: 'wait=5' }), 422);
  t.is(issue.code, 'code-invalid');
  t.deepEqual(issue.expression, ['Patient.gender']);
  t.deepEqual(issue.location, ['Line[7] Col[3]']);
});

test('$validate answers 200 whatever it finds, and stores nothing', async (t) => {
  const { post, arrivals } = await start(t);
  t.is((await outcomeOf(t, await post('/fhir/Patient/$validate', good), 200)).severity, 'information');
  const issue = await outcomeOf(t, await post('/fhir/Patient/$validate', bad), 200);
  t.is(issue.severity, 'error');
  t.regex(issue.location?.[0] ?? '', /^Line\[\d+\] Col\[\d+\]$/);
  t.is((await outcomeOf(t, await post('/fhir/$validate', '{'), 200)).severity, 'error');
  t.is(arrivals.length, 0);
});

test('$validate takes the resource within the parameters of the operation too', async (t) => {
  const { post } = await start(t);
  const parameter = [{ name: 'resource', resource: JSON.parse(bad) as object }];
  const body = JSON.stringify({ resourceType: 'Parameters', parameter });
  const issue = await outcomeOf(t, await post('/fhir/Patient/$validate', body), 200);
  t.deepEqual(issue.expression, ['Parameters.parameter[0].resource.gender']);
});

test('$validate holds the resource to the profile that is asked for', async (t) => {
  const profile = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient';
  const fhir = fhirSettings({ packages: ['us-core-5.0.1'] });
  const { post } = await start(t, {
    context: { judge: ({ bytes, ...said }) => Promise.resolve(validate(bytes, { levels, fhir, ...said })) },
  });
  const resource = { resourceType: 'Patient', name: [{ family: 'Probe', given: ['Nils'] }] };
  const errorsAt = async (path: string, body: object) => {
    const outcome = (await (await post(path, JSON.stringify(body))).json()) as { issue: Issue[] };
    return outcome.issue
      .filter(({ severity }) => severity === 'error')
      .flatMap(({ expression }) => expression);
  };
  t.deepEqual(await errorsAt('/fhir/Patient/$validate', resource), []);
  t.deepEqual(await errorsAt(`/fhir/Patient/$validate?profile=${profile}`, resource), ['Patient', 'Patient']);
  const parameter = [
    { name: 'resource', resource },
    { name: 'profile', valueUri: profile },
  ];
  const at = 'Parameters.parameter[0].resource';
  t.deepEqual(await errorsAt('/fhir/$validate', { resourceType: 'Parameters', parameter }), [at, at]);
});

test('every refusal is an OperationOutcome with the status that it has elsewhere', async (t) => {
  const { url, post, refused, stop } = await start(t, { config: { max_bytes: 10_000 } });
  t.is((await outcomeOf(t, await post('/fhir', ''), 400)).code, 'invalid');
  t.is((await outcomeOf(t, await post('/fhir/Observation', good), 400)).diagnostics, 'request/malformed');
  t.is((await outcomeOf(t, await post('/fhir/Pateint', good), 404)).code, 'not-found');
  t.is((await outcomeOf(t, await post('/fhir/Patient/1', good), 404)).code, 'not-found');
  t.is((await outcomeOf(t, await post('/fhir/Patient/$everything', good), 404)).code, 'not-found');
  t.is((await outcomeOf(t, await fetch(`${url}/fhir/Patient`), 405)).code, 'not-supported');
  t.is((await outcomeOf(t, await post('/fhir', 'x'.repeat(20_000)), 413)).code, 'too-long');
  t.is(
    (await outcomeOf(t, await post('/fhir', 'x', { 'Content-Encoding': 'zip' }), 415)).code,
    'not-supported',
  );
  await stop();
  const response = await post('/fhir', good);
  t.is(response.headers.get('retry-after'), '5');
  t.is((await outcomeOf(t, response, 503)).code, 'transient');
  t.true(refused.includes('connector/not-consuming'));
});

test('who shows no token is told so in FHIR as well', async (t) => {
  const { post } = await start(t, { server: { auth: { tokens: [] } } });
  const response = await post('/fhir', good);
  t.is(response.headers.get('www-authenticate'), 'Bearer realm="healthos"');
  t.is((await outcomeOf(t, response, 401)).code, 'login');
});

test('a message that the bus cannot store is refused', async (t) => {
  const { post } = await start(t, {
    deliver: () => Promise.reject(new HealthosError('bus/full', 'Not now.', { retryAfter: 1 })),
  });
  t.is((await outcomeOf(t, await post('/fhir', good), 503)).diagnostics, 'bus/full');
});

test('the answer is in XML for who asks for it, or sends it', async (t) => {
  const { url, post } = await start(t);
  const xml = text('fhir-patient-xml');
  const answers = [
    await post('/fhir', xml, { 'Content-Type': 'application/fhir+xml' }),
    await post('/fhir', good, { Accept: 'application/fhir+xml' }),
    await post('/fhir?_format=xml', good),
    await post('/fhir/Nothing', good, { Accept: 'application/fhir+xml, application/json;q=0.5' }),
    await fetch(`${url}/fhir/metadata?_format=application/fhir%2Bxml`),
  ];
  for (const response of answers) {
    t.is(response.headers.get('content-type'), 'application/fhir+xml; charset=utf-8');
    const verdict = examine(await response.text());
    t.true(verdict.valid);
    t.truthy(verdict.type);
  }
  const asked = await post('/fhir', xml, {
    'Content-Type': 'application/fhir+xml',
    Accept: 'application/fhir+json',
  });
  t.is(asked.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
});

test('the CapabilityStatement is valid, and claims to take in, not to give out', async (t) => {
  const { url } = await start(t);
  const response = await fetch(`${url}/fhir/metadata`);
  t.is(response.status, 200);
  const statement = (await response.json()) as {
    implementation: { url: string };
    rest: { resource: { type: string; interaction: { code: string }[] }[] }[];
  };
  t.true(examine(statement).valid);
  t.is(statement.implementation.url, `${url}/fhir`);
  const resources = statement.rest[0]?.resource ?? [];
  t.is(resources.length, 146);
  t.deepEqual(
    [...new Set(resources.flatMap(({ interaction }) => interaction.map(({ code }) => code)))],
    ['create'],
  );
});

test('the CapabilityStatement is of the release that is validated against', async (t) => {
  for (const [fhirRelease, version, count] of [
    ['r4', '4.0.1', 146],
    ['r4b', '4.3.0', 141],
    ['r5', '5.0.0', 158],
  ] as const) {
    const { url } = await start(t, { context: { fhirRelease } });
    const body = await (await fetch(`${url}/fhir/metadata`)).text();
    const { issues, valid } = examine(body, 'strict', { fhirVersion: version });
    t.true(valid, JSON.stringify(issues));
    const statement = JSON.parse(body) as { fhirVersion: string; rest: { resource: object[] }[] };
    t.is(statement.fhirVersion, version);
    t.is(statement.rest[0]?.resource.length, count);
  }
});

test('the CapabilityStatement can be asked for by HEAD', async (t) => {
  const { url } = await start(t);
  const got = await fetch(`${url}/fhir/metadata`);
  const { length } = Buffer.from(await got.arrayBuffer());
  const response = await fetch(`${url}/fhir/metadata`, { method: 'HEAD' });
  t.is(response.status, 200);
  t.is(response.headers.get('content-length'), String(length));
  t.is(await response.text(), '');
  t.is((await fetch(`${url}/fhir/Patient`, { method: 'HEAD' })).headers.get('allow'), 'POST');
});

test('who takes neither JSON nor XML is refused before anything is stored', async (t) => {
  const { url, post, arrivals, refused } = await start(t);
  for (const response of [
    await post('/fhir/Patient?_format=turtle', good),
    await post('/fhir/Patient', good, { Accept: 'text/turtle, application/json;q=0' }),
    await post('/fhir/Patient?_format=text/turtle', good, { Accept: 'application/fhir+json' }),
    await post('/fhir/$validate', good, { Accept: 'text/html' }),
    await fetch(`${url}/fhir/metadata?_format=ttl`),
  ]) {
    const issue = await outcomeOf(t, response, 406);
    t.is(issue.code, 'not-supported');
    t.is(issue.diagnostics, 'request/not-acceptable');
  }
  t.is(arrivals.length, 0);
  t.is(refused.length, 3);
  for (const ask of ['?_format=json', '?_format=application/fhir+json', '?_format=']) {
    await outcomeOf(t, await post(`/fhir/Patient${ask}`, good, { Accept: 'application/*' }), 202);
  }
  await outcomeOf(t, await post('/fhir/Patient?_format=json', good, { Accept: 'text/turtle' }), 202);
});

test('a conditional create is refused, since its condition cannot be checked', async (t) => {
  const { post, arrivals, refused } = await start(t);
  const response = await post('/fhir/Patient', good, { 'If-None-Exist': 'identifier=a|b' });
  t.is((await outcomeOf(t, response, 412)).diagnostics, 'request/condition');
  t.is(arrivals.length, 0);
  t.deepEqual(refused, ['request/condition']);
});

test('the version of FHIR beside the content type goes with the message', async (t) => {
  const { post, arrivals } = await start(t);
  await post('/fhir', good, { 'Content-Type': 'application/fhir+json; fhirVersion=4.3' });
  t.deepEqual(arrivals[0]?.source, { 'Healthos-Source-Fhir-Version': '4.3' });
  t.is(arrivals[0]?.contentType, 'application/fhir+json');
});

test('a bulk file is one message, or each of its lines is, as configured', async (t) => {
  const lines = `${JSON.stringify(JSON.parse(good))}\n\n${JSON.stringify(JSON.parse(bad))}\n`;
  const headers = { 'Content-Type': 'application/fhir+ndjson', 'Idempotency-Key': 'k' };
  const whole = await start(t);
  await outcomeOf(t, await whole.post('/fhir', lines, headers), 202);
  t.is(whole.arrivals.length, 1);
  const split = await start(t, { config: { bulk: 'resources' } });
  const issue = await outcomeOf(t, await split.post('/fhir', lines, headers), 202);
  t.is(issue.diagnostics?.split('\n').length, 2);
  t.deepEqual(
    split.arrivals.map(({ body }) => Buffer.from(body as Uint8Array).toString()),
    lines.split('\n').filter(Boolean),
  );
  t.not(split.arrivals[0]?.sourceKey, split.arrivals[1]?.sourceKey);
  await outcomeOf(t, await split.post('/fhir', '\n \n', headers), 400);
});
