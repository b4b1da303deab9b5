/** The bytes of a message: as an attachment that no browser runs, and for those alone who may read bodies. */
import { Readable } from 'node:stream';
import { HealthosError } from '../../errors.ts';
import { type ContentType, header } from '../../messages/envelope.ts';
import type { AdminDeps } from './deps.ts';
import { messageParams, type MessageParams, noSuchMessage } from './message-params.ts';
import { type Answer, route, type Route } from './route.ts';

const extensions: ReadonlyMap<string, string> = new Map<ContentType, string>([
  ['application/hl7-v2', 'hl7'],
  ['application/fhir+json', 'json'],
  ['application/fhir+xml', 'xml'],
  ['application/EDI-X12', 'edi'],
  ['application/dicom', 'dcm'],
]);

export function bodyRoute(deps: AdminDeps): Route {
  return route<MessageParams>({
    method: 'GET',
    path: '/admin/messages/{id}/body',
    summary: 'The bytes of a message, as they were received. Each reading is written to the audit log.',
    permission: 'body',
    params: messageParams,
    audit: ({ id = null }) => ({ what: 'message.body', target: id, onlyIfAudited: true }),
    answers: { 200: { description: 'The bytes, as an attachment.', type: 'application/octet-stream' } },
    errors: ['message/not-found', 'message/body-gone', 'journal/unavailable', 'audit/unavailable'],
    handle: async ({ params, problemMembers }) => {
      const place = await deps.journal.locate(params.id);
      if (place === undefined) throw noSuchMessage();
      problemMembers['data_id'] = params.id;
      return bodyAnswer(deps, params.id, place.seq);
    },
  });
}

async function bodyAnswer({ bus }: AdminDeps, id: string, seq: number): Promise<Answer> {
  const message = await bus.get(seq);
  if (message === undefined)
    throw new HealthosError('message/body-gone', 'The body was kept for its time, and is gone.');
  const { headers } = message;
  const ref = headers[header.bodyRef];
  const type = headers[header.contentType] ?? '';
  const extension = extensions.get(type);
  return {
    status: 200,
    type: extension === undefined ? 'application/octet-stream' : type,
    headers: {
      'Content-Disposition': `attachment; filename="${id}.${extension ?? 'bin'}"`,
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'; sandbox",
    },
    body: ref === undefined ? message.body : Readable.from(await bus.objects.get(ref), { objectMode: false }),
  };
}
