/** FhirEndpoint: takes resources in at a FHIR base, and answers in FHIR. */
import type { Context } from 'koa';
import { HealthosError } from '../../errors.ts';
import { demand } from '../../http/auth.ts';
import { type BulkOptions, createIngressHandler } from '../../http/ingress-handler.ts';
import { claimedTypeOf } from '../../http/ingress-headers.ts';
import type { IngressHandler } from '../../http/ingress-host.ts';
import { readPayload } from '../../http/validate.ts';
import type { Body, Deliver } from '../../messages/envelope.ts';
import type { ReleaseName } from '../../validation/fhir/releases.ts';
import { operationOutcome } from '../../validation/fhir/reply.ts';
import { defineConnector } from '../connector.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { createRoutedConnector } from '../routed.ts';
import { addressOf } from './address.ts';
import { answerRefusal, answerResource, answerStored, replyInFhir } from './answers.ts';
import { capabilityStatement } from './capability.ts';
import { schema } from './config.ts';
import type { FhirEndpointConfig } from './config.ts';
import { demandForm, formRefusal } from './form.ts';
import { rootTypeOf } from './root-type.ts';

export const fhirEndpoint = defineConnector<FhirEndpointConfig>({
  kind: 'FhirEndpoint',
  direction: 'inbound',
  description: 'Receives FHIR resources and Bundles at a base address, and answers with OperationOutcomes.',
  schema,
  create,
});

function create(config: FhirEndpointConfig, context: ConnectorContext): Connector {
  const { url } = config;
  return createRoutedConnector(context, [
    {
      route: { method: 'POST', url, below: true, answerRefusal },
      open: (deliver, stopping) => posting(config, context, deliver, stopping),
    },
    {
      route: { method: 'GET', url: `${url}/metadata`, answerRefusal },
      open: () => metadata(url, context.fhirRelease),
    },
  ]);
}

function posting(
  { url, max_bytes: maxBytes, bulk: bulkAs }: FhirEndpointConfig,
  connector: ConnectorContext,
  deliver: Deliver,
  stopping: AbortSignal,
): IngressHandler {
  const inspect = (request: Context, body: Body) => checkType(addressOf(request, url).type, body);
  const options = { connector, deliver, maxBytes, stopping, reply: replyInFhir, inspect };
  const ingress = createIngressHandler(bulkAs === 'resources' ? { ...options, bulk } : options);
  return async (request) => {
    if (addressOf(request, url).isValidation) return validate(request, connector, url);
    const refusal = formRefusal(request) ?? conditionRefusal(request);
    if (refusal === undefined) return ingress(request);
    connector.countRefused(refusal.code);
    throw refusal;
  };
}

/** A conditional create that was taken in without its condition might be the second of its kind (R4, http.html#ccreate). */
function conditionRefusal({ req }: Context): HealthosError | undefined {
  if (req.headers['if-none-exist'] === undefined) return undefined;
  return new HealthosError(
    'request/condition',
    'If-None-Exist cannot be checked here, where messages are handed on: leave it out, or have the receiver check it in a transaction.',
  );
}

/** A bulk file, one resource a line (FHIR Bulk Data Access). */
const bulk: BulkOptions = {
  lineTypeOf: (request) =>
    /^application\/(?:fhir\+ndjson|ndjson|x-ndjson)$/i.test(
      claimedTypeOf(request.req.headers).mediaType ?? '',
    )
      ? 'application/fhir+json'
      : undefined,
  answer: answerStored,
};

/** `$validate` answers 200 with what was found, good or bad, and stores nothing (R4, resource-operation-validate.html). */
async function validate(request: Context, connector: ConnectorContext, base: string): Promise<void> {
  demand(request.state.principal, 'check');
  demandForm(request);
  const { mediaType: hint = 'application/fhir+json', fhirVersion } = claimedTypeOf(request.req.headers);
  const bytes = await readPayload(request);
  const { type } = addressOf(request, base);
  // The resource may come within the parameters of the operation.
  if (rootTypeOf(bytes) !== 'Parameters') checkType(type, bytes);
  const askedProfiles = [request.query['profile'] ?? []].flat();
  const verdict = await connector.judge({ bytes, hint, fhirVersion, askedProfiles });
  answerResource(request, 200, operationOutcome(verdict));
}

function checkType(type: string | null, body: Body): void {
  const sent = type === null ? undefined : rootTypeOf(body);
  if (sent === undefined || sent === type) return;
  throw new HealthosError(
    'request/malformed',
    `This address takes resources of the type ${type ?? ''}: the body is of another type.`,
  );
}

/** Open to all, as R4 advises (http.html#capabilities): it tells nothing that is not in the manual. */
function metadata(url: string, release: ReleaseName): IngressHandler {
  return (request) => {
    demandForm(request);
    const base = `${request.protocol}://${request.host}${url}`;
    answerResource(request, 200, capabilityStatement(base, release));
    return Promise.resolve();
  };
}
