/** The messages: search, journeys, and replay. */
import Joi from 'joi';
import { HealthosError } from '../../errors.ts';
import { type Body, formats } from '../../messages/envelope.ts';
import { type Journey, type JourneyQuery, messageStates } from '../../store/journal.ts';
import { demand, may, type Principal } from '../auth.ts';
import { readBody } from '../body.ts';
import type { AdminDeps } from './deps.ts';
import { bodyRoute } from './message-body.ts';
import { messageParams, type MessageParams, noSuchMessage } from './message-params.ts';
import { type Call, route, type Route } from './route.ts';
import { journey, messagePage, replayReceipt } from './schemas.ts';

/** An edited message may be as large as one that arrives. */
const MAX_EDITED_BYTES = 64 * 1024 * 1024;

/** `+` in a query stands for a space: an offset that was not encoded is meant as one. */
const time = Joi.string()
  .replace(/ (\d\d:?\d\d)$/, '+$1')
  .isoDate();

const search = Joi.object<JourneyQuery>({
  state: Joi.string()
    .valid(...messageStates)
    .description(`One of ${messageStates.join(', ')}.`),
  format: Joi.string()
    .valid(...formats, 'unknown')
    .description(`One of ${formats.join(', ')}, unknown.`),
  connector: Joi.string()
    .pattern(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .description('The id of a connector.'),
  rule: Joi.string()
    .pattern(/^[a-z0-9]+\/[a-z0-9-]+$/)
    .max(128)
    .description('The id of a rule that was broken, such as hl7v2/required-field.'),
  since: time.description('Received at this time or later; RFC 3339, such as 2026-01-31T12:00:00Z.'),
  until: time.description('Received at this time or earlier; RFC 3339, such as 2026-01-31T12:00:00Z.'),
  q: Joi.string()
    .max(200)
    .description('The beginning of a data id, or a control id, or a sender; up to 200 characters.'),
  limit: Joi.number()
    .integer()
    .min(1)
    .max(1000)
    .default(50)
    .description('How many: a whole number from 1 to 1000.'),
  cursor: Joi.string().max(500).description('The `next` of the page before.'),
});

export function messageRoutes(deps: AdminDeps): readonly Route[] {
  return [
    route<object, JourneyQuery>({
      method: 'GET',
      path: '/admin/messages',
      summary: 'The messages, newest first. Bodies are never searched.',
      permission: 'read',
      query: search,
      answers: { 200: { description: 'A page of messages.', schema: messagePage } },
      errors: ['journal/unavailable'],
      handle: async ({ query }) => ({ status: 200, body: await deps.journal.search(query) }),
    }),
    route<MessageParams>({
      method: 'GET',
      path: '/admin/messages/{id}',
      summary: 'The journey of a message: every step, and what validation found. A sender sees its own only.',
      permission: 'own',
      params: messageParams,
      answers: { 200: { description: 'The journey.', schema: journey } },
      errors: ['message/not-found', 'journal/unavailable'],
      handle: async (call) => ({ status: 200, body: await visibleJourney(deps, call) }),
    }),
    bodyRoute(deps),
    replayRoute(deps),
  ];
}

async function visibleJourney(deps: AdminDeps, call: Call<MessageParams, object>): Promise<Journey> {
  const { id } = call.params;
  const found = await deps.journal.journey(id);
  if (found === undefined) throw noSuchMessage();
  call.problemMembers['data_id'] = id;
  await demandSight(deps, call.context.state.principal, id);
  return found;
}

/** Who may not read everything may read the journeys of what was sent with the same token. */
async function demandSight({ journal }: AdminDeps, caller: Principal | undefined, id: string): Promise<void> {
  if (may(caller, 'read')) return;
  const { name } = demand(caller, 'own');
  const place = await journal.locate(id);
  if (place?.principal === name) return;
  throw new HealthosError('request/forbidden', 'The message was sent by somebody else.');
}

function replayRoute(deps: AdminDeps): Route {
  return route<MessageParams>({
    method: 'POST',
    path: '/admin/messages/{id}/replay',
    summary: 'Takes the message in again, as it was or edited. The message itself keeps its state.',
    permission: 'command',
    params: messageParams,
    requestBody: 'The edited message; none: the message as it was. At most 64 MiB.',
    audit: ({ id = null }) => ({ what: 'message.replay', target: id }),
    answers: { 202: { description: 'Stored, under a new id.', schema: replayReceipt } },
    errors: ['message/not-found', 'message/body-gone', 'request/too-large', 'bus/unavailable', 'bus/full'],
    handle: async (call) => {
      const { id } = call.params;
      if ((await deps.journal.locate(id)) === undefined) throw noSuchMessage();
      call.problemMembers['data_id'] = id;
      const receipt = await deps.replay(id, await editedBody(deps, call));
      return {
        status: 202,
        headers: { Location: `/admin/messages/${receipt.dataId}` },
        auditDetail: receipt.dataId,
        body: {
          status: 'received',
          data_id: receipt.dataId,
          parent_id: id,
          content_type: receipt.contentType,
          format: receipt.format,
        },
      };
    },
  });
}

async function editedBody(
  { bus }: AdminDeps,
  { context }: Call<MessageParams, object>,
): Promise<Body | undefined> {
  const { arriving } = context.state;
  const options = { maxBytes: MAX_EDITED_BYTES, objects: bus.objects, arriving, wantedWhole: () => false };
  try {
    return await readBody(context.req, context.res, options);
  } catch (thrown) {
    if (thrown instanceof HealthosError && thrown.code === 'request/empty-body') return undefined;
    throw thrown;
  }
}
