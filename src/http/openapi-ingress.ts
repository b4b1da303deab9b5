/** The addresses that take messages in, and `POST /validate`, as `/openapi.json` describes them. */
import Joi, { type Schema } from 'joi';
import type { ErrorCode } from '../errors.ts';
import { formats } from '../messages/envelope.ts';
import { issue } from './admin/schemas.ts';
import { fhirPaths } from './openapi-fhir.ts';
import { problemsOf } from './openapi-problems.ts';
import { jsonSchemaOf } from './openapi-schema.ts';

/** Where a connector of this gateway takes messages in. */
export interface IngressAddress {
  readonly method: 'POST' | 'PUT';
  readonly url: string;
  /** The id of the connector. */
  readonly owner: string;
  /** True: objects are stored here by DICOMweb's Store transaction. */
  readonly isStudies?: boolean;
  /** A base of FHIR, with addresses below it. */
  readonly isFhir?: boolean;
}

export function ingressPaths(addresses: readonly IngressAddress[]): Record<string, object> {
  const paths: Record<string, object> = { '/validate': { post: validation } };
  for (const address of addresses) {
    if (address.isFhir === true) Object.assign(paths, fhirPaths(address));
    else paths[address.url] = { ...paths[address.url], [address.method.toLowerCase()]: operationOf(address) };
  }
  return paths;
}

function operationOf(address: IngressAddress): object {
  return address.isStudies === true ? storeOf(address) : ingressOf(address);
}

const orNull = (schema: Schema): Schema => schema.allow(null).required();
const format = orNull(Joi.string().valid(...formats));

const received = Joi.object({
  status: Joi.string().valid('received').required(),
  data_id: Joi.string().required(),
  content_type: orNull(Joi.string()),
  format,
});

/** What validation found; `issues` holds the first 32. */
const found = {
  format,
  version: orNull(Joi.string()),
  type: orNull(Joi.string()),
  issues: Joi.array().items(issue).required(),
  issues_total: Joi.number().integer().min(0).required(),
};

const verdict = Joi.object({ ...found, valid: Joi.boolean().required() });

const judged = Joi.object({
  status: Joi.string().valid('valid').required(),
  data_id: Joi.string().required(),
  content_type: orNull(Joi.string()),
  ...found,
});

const unreadable: readonly ErrorCode[] = [
  'request/empty-body',
  'request/malformed',
  'request/unauthenticated',
  'request/forbidden',
  'request/timeout',
  'request/too-large',
  'request/content-coding',
];

const message = {
  description:
    'The message; its bytes decide its format. `application/json` with `{"data": "…"}` holds it as text.',
  required: true,
  content: { '*/*': { schema: {} } },
};

const validation = {
  operationId: 'postValidate',
  summary: 'Validates a message, and stores nothing.',
  tags: ['ingress'],
  security: [{ token: [] }, {}],
  requestBody: message,
  responses: { 200: json('The verdict, good or bad.', verdict), ...problemsOf(unreadable) },
};

function ingressOf({ method, url, owner }: IngressAddress): object {
  return {
    operationId: `${method.toLowerCase()}${url.replaceAll(/[^A-Za-z0-9]+/g, '_')}`,
    summary: `Takes a message in, through the connector ${owner}.`,
    tags: ['ingress'],
    security: [{ token: [] }, {}],
    parameters: [
      headerOf('Prefer', '`wait=N`: answer with the verdict, or after N seconds (at most 30) without it.'),
      headerOf('Idempotency-Key', 'The same key and body are stored once, and answered alike.'),
    ],
    requestBody: message,
    responses: {
      202: json('Stored; it will be judged.', received),
      200: json('With `Prefer: wait`: stored, and valid.', judged),
      ...problemsOf([
        ...unreadable,
        'message/invalid',
        'request/key-reused',
        'request/rate-limited',
        'connector/not-consuming',
        'bus/unavailable',
        'bus/full',
      ]),
    },
  };
}

/** PS3.18, 10.5. */
function storeOf({ url, owner }: IngressAddress): object {
  const results = (description: string) => ({
    description,
    content: { 'application/dicom+json': { schema: {} }, 'application/dicom+xml': { schema: {} } },
  });
  return {
    operationId: `store${url.replaceAll(/[^A-Za-z0-9]+/g, '_')}`,
    summary: `Stores DICOM objects (STOW-RS), through the connector ${owner}; also at {study} below, for one study.`,
    tags: ['ingress'],
    security: [{ token: [] }, {}],
    requestBody: {
      description: 'A part an object: type="application/dicom".',
      required: true,
      content: { 'multipart/related': { schema: {} } },
    },
    responses: {
      200: results('All objects are stored.'),
      202: results('Some objects are stored.'),
      409: results('No object is stored.'),
      ...problemsOf([
        ...unreadable,
        'request/media-type',
        'request/not-found',
        'request/rate-limited',
        'connector/not-consuming',
        'bus/unavailable',
      ]),
    },
  };
}

function json(description: string, schema: Schema): object {
  return { description, content: { 'application/json': { schema: jsonSchemaOf(schema) } } };
}

function headerOf(name: string, description: string): object {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } };
}
