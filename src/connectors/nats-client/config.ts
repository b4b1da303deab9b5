/** The configuration of an inbound NatsClient. */
import Joi from 'joi';
import { configJoi } from '../../config/values.ts';
import { overlap } from './subjects.ts';

export const deliverPolicies = ['all', 'new', 'last', 'last_per_subject'] as const;
export type DeliverPolicyName = (typeof deliverPolicies)[number];

export interface NatsClientConfig {
  readonly servers: readonly string[];
  readonly subjects?: readonly string[];
  readonly queue_group?: string;
  readonly max_pending?: number;
  readonly stream?: string;
  readonly durable?: string;
  readonly deliver_policy?: DeliverPolicyName;
  /** Seconds. */
  readonly ack_wait?: number;
  readonly max_ack_pending?: number;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  readonly nkeys_seed?: string;
  readonly creds?: string;
  readonly user_credentials?: string | readonly string[];
  readonly tls?: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly hostname?: string;
  };
  readonly tls_hostname?: string;
  readonly name?: string;
  readonly inbox_prefix?: string;
  readonly dont_randomize: boolean;
  /** Seconds. */
  readonly connect_timeout: number;
  /** Seconds. */
  readonly ping_interval: number;
  readonly max_outstanding_pings: number;
}

const text = (description: string) => Joi.string().description(description);
const secret = (description: string) => text(description).meta({ secret: true });
const path = (description: string) => text(description).example('/etc/healthos/file.pem');
const seed = (description: string) => Joi.any().description(description).meta({ seed: true });
const python = 'It means something in Python only.';
const retries = 'The connector waits and connects anew by itself: see backoff and restart.';

/** A subject with NATS wildcards: tokens without spaces, `*` for one, `>` at the end for all that follow. */
const subject = Joi.string()
  .max(512)
  .pattern(/^(?:[^\s.*>]+|\*)(?:\.(?:[^\s.*>]+|\*))*(?:\.>)?$|^>$/, { name: 'subject' })
  .messages({ 'string.pattern.name': '{{#label}} must be a subject such as adt.*.in or lab.>' });

/** What JetStream allows in the name of a stream or a consumer. */
const name = (description: string) =>
  text(description)
    .max(255)
    .pattern(/^[^\s.*>/\\]+$/, { name: 'name' })
    .messages({ 'string.pattern.name': '{{#label}} must have no space and none of . * > / \\' });

/** What the seed's client had and ours has not. */
const seedOptions = {
  allow_reconnect: seed(retries),
  max_reconnect_attempts: seed(retries),
  reconnect_time_wait: seed(retries),
  no_echo: seed('Nothing is published on the subjects that are read.'),
  pedantic: seed('The subjects are checked when the file is read.'),
  verbose: seed('The client needs no confirmation of its commands.'),
  drain_timeout: seed(
    'What was taken is finished when the connector stops, within the limit of the gateway.',
  ),
  flush_timeout: seed('A server that does not answer is found by ping_interval.'),
  flusher_queue_size: seed('The client writes at once; max_pending limits what waits to be stored.'),
  pending_size: seed('The client writes at once; max_pending limits what waits to be stored.'),
  tls_handshake_first: seed('TLS begins when the server has greeted; handshake_first is not offered.'),
  ws_connection_headers: seed('WebSockets are not used.'),
  signature_cb: seed('Name the seed in nkeys_seed, or a file in creds.'),
  user_jwt_cb: seed('Name the credentials file in creds.'),
  error_cb: seed(python),
  disconnected_cb: seed(python),
  reconnected_cb: seed(python),
  closed_cb: seed(python),
  discovered_server_cb: seed(python),
  loop: seed(python),
};

export const schema = Joi.object<NatsClientConfig>({
  servers: Joi.array()
    .items(
      Joi.string()
        .pattern(/^(?:(?:nats|tls):\/\/)?[^\s/,]+$/, { name: 'server' })
        .messages({ 'string.pattern.name': '{{#label}} must be a server such as nats://127.0.0.1:4222' }),
    )
    .single()
    .min(1)
    .default(['nats://localhost:4222'])
    .description(
      'The servers, of which one is taken: nats://host:4222 or tls://host:4222. A user and password, or a token, may stand before the host.',
    ),
  subjects: Joi.array()
    .items(subject)
    .single()
    .min(1)
    .custom((subjects: readonly string[], helpers) =>
      overlap(subjects) ? helpers.error('array.unique') : subjects,
    )
    .messages({ 'array.unique': '{{#label}} must not overlap: what matches two of them would come twice' })
    .description(
      'The subjects that are read, with the wildcards * and >; with stream, those of its subjects that are read (default: all).',
    )
    .example('healthy-data'),
  queue_group: text(
    'Of core subjects: the members of one group share the messages. Default: `healthos-<id of the connector>`.',
  )
    .pattern(/^\S+$/)
    .max(255),
  max_pending: Joi.number()
    .integer()
    .min(1)
    .max(1_000_000)
    .meta({ default: 4096 })
    .description('Of core subjects: so many messages may wait to be stored; what comes beyond is refused.'),
  stream: name('The JetStream stream to read. Without it, core subjects are read.'),
  durable: name(
    'The durable consumer of the stream; made where it is missing. Default: `healthos-<id of the connector>`.',
  ),
  deliver_policy: Joi.string()
    .valid(...deliverPolicies)
    .meta({ default: 'all' })
    .description('Where a consumer that is made anew begins; one that is there goes on where it stands.'),
  ack_wait: configJoi
    .duration()
    .min(1)
    .meta({ default: '10s' })
    .description('After so long the server gives a message again that was not acknowledged.'),
  max_ack_pending: Joi.number()
    .integer()
    .min(1)
    .meta({ default: 2048 })
    .description('So many messages may be unacknowledged at once, of all that share the consumer.'),
  user: text('The user.'),
  password: secret('The password of the user.'),
  token: secret('The token.'),
  nkeys_seed: secret("The seed of the user's nkey, or the path of a file that holds it."),
  creds: path('The credentials file: the JWT of the user and the seed of its nkey.'),
  user_credentials: Joi.alternatives(Joi.string(), Joi.array().items(Joi.string()).min(1).max(2)).description(
    "The seed's name for creds: a credentials file, or two files with the JWT and with the seed of the nkey.",
  ),
  tls: Joi.object({
    ca: path("The authorities that may have issued the server's certificate: a PEM file."),
    cert: path('The certificate to show: a PEM file.'),
    key: path('Its private key: a PEM file.'),
    hostname: text("The name that the server's certificate bears, where that is not the host of servers."),
  })
    .and('cert', 'key')
    .description('TLS. It is also used where the server asks for it, or servers says tls://.'),
  tls_hostname: text("The seed's name for tls.hostname."),
  name: text(
    'The name of the connection in the lists of the server. Default: `healthos-<id of the connector>`.',
  ),
  inbox_prefix: text('The beginning of the inboxes, where the server permits only certain ones.')
    .pattern(/^[^\s.*>]+(?:\.[^\s.*>]+)*$/)
    .max(128)
    .meta({ default: '_INBOX' }),
  dont_randomize: Joi.boolean().default(false).description('true: the servers are tried in their order.'),
  connect_timeout: configJoi
    .duration()
    .min(0.1)
    .max(4)
    .default(2)
    .description('The limit of a try to connect, all servers together; at most 4 seconds.'),
  ping_interval: configJoi
    .duration()
    .min(0.1)
    .default(1.5)
    .description('How often a silent server is asked whether it is there.'),
  max_outstanding_pings: Joi.number()
    .integer()
    .min(1)
    .default(2)
    .description('After so many questions without an answer the connection is given up.'),
  ...seedOptions,
})
  .or('subjects', 'stream')
  .with('password', 'user')
  .with('durable', 'stream')
  .with('deliver_policy', 'stream')
  .with('ack_wait', 'stream')
  .with('max_ack_pending', 'stream')
  .without('stream', ['queue_group', 'max_pending'])
  .oxor('creds', 'user_credentials');
