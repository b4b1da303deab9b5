/** The shapes of the admin API's answers: what `/openapi.json` publishes, and what the tests hold every answer to. */
import Joi, { type ObjectSchema, type Schema, type SchemaMap } from 'joi';
import { connectorStates } from '../../actors/status.ts';
import { formats } from '../../messages/envelope.ts';
import { messageStates } from '../../store/journal.ts';
import { severities } from '../../validation/issue.ts';

/** An object that always has all of these keys, and no others. */
function shape(keys: SchemaMap): ObjectSchema<Record<string, unknown>> {
  return Joi.object<Record<string, unknown>>(keys).fork(Object.keys(keys), (schema) => schema.required());
}

const text = Joi.string().allow('');
const orNull = (schema: Schema): Schema => schema.allow(null);
const time = Joi.string().isoDate();
const count = Joi.number().integer().min(0);
const format = Joi.string().valid(...formats);

const reason = shape({
  code: Joi.string().description('Stable.'),
  message: text.description('A sentence for the operator.'),
  retryable: Joi.boolean(),
});

const transition = shape({
  at: time,
  from: text,
  to: text,
  event: text,
  reason: orNull(reason),
});

export const connectorStatus = shape({
  id: Joi.string(),
  name: text,
  direction: Joi.string().valid('inbound', 'outbound'),
  kind: Joi.string(),
  state: Joi.string().valid(...connectorStates),
  substate: orNull(
    Joi.string().valid('consuming', 'paused', 'draining', 'stalled', 'byOperator', 'ended', 'failed'),
  ),
  desired: Joi.string().valid('on', 'off').description("The operator's wish: it survives a restart."),
  since: time,
  reason: orNull(reason),
  attempt: count,
  next_retry_at: orNull(time),
  last_message_at: orNull(time),
  lag: orNull(count).description('Messages that wait at the source; null until it was measured.'),
  counts: shape({
    received: count,
    stored: count,
    duplicate: count,
    refused: count,
    failed: count,
    bytes: count,
  }).description('Since the process started; received = stored + duplicate + refused + failed.'),
  config_hash: text,
  transitions: Joi.array().items(transition).description('The last ones.'),
});

export const connectorStatuses = Joi.array().items(connectorStatus);

export const actorNode = shape({
  id: Joi.string(),
  machine: Joi.string(),
  state: text.description('Written `running.consuming`.'),
  tags: Joi.array().items(Joi.string()),
  since: time,
  children: Joi.array().items(Joi.link('#ActorNode')),
}).id('ActorNode');

export const gateway = shape({
  name: Joi.string(),
  version: Joi.string(),
  state: Joi.string(),
  since: time,
  ready: Joi.boolean(),
  reasons: Joi.array().items(Joi.string()).description('What is missing, where it is not ready.'),
  bus: shape({
    kind: Joi.string().valid('embedded', 'jetstream'),
    url: Joi.string(),
    state: Joi.string().valid('ready', 'full', 'unavailable'),
    since: time,
    reason: orNull(text),
    notices: Joi.array()
      .items(Joi.string())
      .description('What an operator should mend although the bus works, with what to set.'),
    messages: count,
    bytes: count,
    depth: count.description('Messages that are not yet dealt with.'),
    oldest: orNull(time).description('When the oldest of them was stored.'),
  }),
  journal: orNull(
    shape({ state: Joi.string().valid('rebuilding', 'following'), position: count }),
  ).description('Null while it cannot be read.'),
  counts: orNull(
    shape({ total: count, ...Object.fromEntries(messageStates.map((state) => [state, count])) }),
  ).description('Messages in the journal, by state; null while it cannot be read.'),
  connectors: shape(Object.fromEntries(connectorStates.map((state) => [state, count]))),
});

const item = shape({
  data_id: Joi.string(),
  connector: orNull(text),
  format: orNull(format),
  version: orNull(text),
  type: orNull(text),
  state: Joi.string().valid(...messageStates),
  received_at: time,
  bytes: count,
  issues_total: count.description('How many issues validation found; `issues` holds the first 32.'),
});

export const messagePage = shape({
  items: Joi.array().items(item).description('Newest first.'),
  next: orNull(Joi.string()).description('The cursor of the next page; null on the last.'),
});

export const issue = shape({
  rule: Joi.string(),
  severity: Joi.string().valid(...severities),
  location: text.description("In the format's own address: `PID-3[1].5`, a FHIRPath, `(0008,0060)`."),
  message: text,
  spec: text.description('Standard, version, section.'),
}).keys({
  line: count.optional().description('Where it is in the text, counted from 1; only of FHIR.'),
  column: count.optional(),
});

const step = shape({
  step: Joi.string().valid('received', 'stored', 'valid', 'invalid', 'delivered', 'deadletter', 'replayed'),
  at: time,
}).keys({
  connector: Joi.string(),
  data_id: Joi.string(),
  issues: count,
  unexpected: Joi.boolean().description(
    'The life of a message does not allow this step: a bug of whoever sent it.',
  ),
});

export const journey = item.keys({
  content_type: orNull(Joi.string()).required(),
  steps: Joi.array().items(step).required(),
  issues: Joi.array().items(issue).required(),
  parent_id: orNull(Joi.string()).required(),
  replays: Joi.array().items(Joi.string()).required().description('The data ids of its replays.'),
});

export const replayReceipt = shape({
  status: Joi.string().valid('received'),
  data_id: Joi.string(),
  parent_id: Joi.string(),
  content_type: orNull(Joi.string()),
  format: orNull(format),
});

export const effectiveConfig = shape({
  file: Joi.string(),
  definition: Joi.object().unknown().description('The service definition in force; secrets are `***`.'),
  origins: Joi.object()
    .pattern(Joi.string(), Joi.string())
    .description('By path: `file:line:column`, `default`, `option --port`, `env NAME`.'),
  warnings: Joi.array().items(Joi.object().unknown()),
});

export const auditPage = shape({
  items: Joi.array()
    .items(
      shape({
        at: time,
        who: Joi.string(),
        role: Joi.string(),
        what: Joi.string(),
        target: orNull(text),
        from: text,
        result: Joi.string().valid('done', 'refused', 'failed'),
        status: Joi.number().integer(),
        code: orNull(Joi.string()),
        detail: orNull(text),
        request_id: text,
      }),
    )
    .description('Newest first.'),
  next: orNull(Joi.string()),
});

export const machineList = Joi.array().items(
  shape({ name: Joi.string(), description: text, states: Joi.array().items(Joi.string()) }),
);

export const machineDefinition = Joi.object().unknown();

export const health = shape({ status: Joi.string().valid('up') });
export const readiness = shape({
  status: Joi.string().valid('ready', 'not ready'),
  reasons: Joi.array().items(Joi.string()),
});

/** RFC 9457, with our `code`. */
export const problem = shape({
  type: Joi.string(),
  title: Joi.string(),
  status: Joi.number().integer(),
  detail: text,
  code: Joi.string(),
}).keys({
  data_id: Joi.string(),
  state: Joi.string().description("Of a 409: the connector's state."),
  accepts: Joi.array().items(Joi.string()).description('Of a 409: the commands that it takes in that state.'),
});
