/**
 * The configuration of a KafkaConsumer. Options carry the names of the seed's Python clients (aiokafka, kafka-python);
 * those that mean nothing here are accepted, and named in a warning.
 */
import Joi from 'joi';
import { configJoi } from '../../config/values.ts';

export const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
export const protocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
export type SecurityProtocol = (typeof protocols)[number];

export interface KafkaConsumerConfig {
  readonly bootstrap_servers: readonly string[];
  readonly group_id: string;
  readonly client_id?: string;
  /** One of these two is there. */
  readonly topics?: readonly string[];
  readonly topic_pattern?: string;
  readonly auto_offset_reset: 'earliest' | 'latest';
  readonly on_undecodable: 'fail' | 'skip';
  readonly isolation_level: 'read_committed' | 'read_uncommitted';
  readonly security_protocol: SecurityProtocol;
  readonly sasl_mechanism: (typeof mechanisms)[number];
  readonly sasl_plain_username?: string;
  readonly sasl_plain_password?: string;
  readonly ssl_cafile?: string;
  readonly ssl_certfile?: string;
  readonly ssl_keyfile?: string;
  readonly ssl_password?: string;
  readonly ssl_check_hostname: boolean;
  readonly session_timeout_ms: number;
  readonly heartbeat_interval_ms: number;
  readonly rebalance_timeout_ms: number;
  readonly request_timeout_ms: number;
  readonly metadata_max_age_ms: number;
  readonly fetch_max_wait_ms: number;
  readonly fetch_min_bytes: number;
  readonly fetch_max_bytes: number;
  readonly max_partition_fetch_bytes: number;
}

const text = (description: string) => Joi.string().description(description);
const milliseconds = (description: string) =>
  Joi.number().integer().min(1).max(3_600_000).description(`${description} Milliseconds.`);
const size = (description: string, bytes: number, written: string) =>
  configJoi
    .size()
    .integer()
    .min(1)
    .max(2 ** 31 - 1)
    .default(bytes)
    .meta({ default: written })
    .description(description);
const pem = (description: string) => text(`${description}: a PEM file.`).example('/etc/healthos/file.pem');

/** A list, which may be written as one text with commas. */
const list = (item: Joi.StringSchema) =>
  Joi.array()
    .items(item)
    .single()
    .min(1)
    .custom((values: readonly string[]) =>
      values.flatMap((value) => value.split(',').map((one) => one.trim())),
    );

const address =
  /^[^\s,:/]+(?::\d{1,5})?(?:\s*,\s*[^\s,:/]+(?::\d{1,5})?)*$|^\[[0-9A-Fa-f:.]+\](?::\d{1,5})?$/;
const topic = /^[A-Za-z0-9._-]{1,249}(?:\s*,\s*[A-Za-z0-9._-]{1,249})*$/;

/** Options of the Python clients that have no counterpart, and why. */
const withoutEffect = {
  enable_auto_commit: 'An offset is committed when its message is stored, and never before',
  auto_commit_interval_ms: 'An offset is committed when its message is stored, and never before',
  default_offset_commit_callback: 'An offset is committed when its message is stored, and never before',
  key_deserializer: 'The bytes are taken as they are',
  value_deserializer: 'The bytes are taken as they are',
  max_poll_records: 'Messages are taken as fast as the bus stores them; see fetch_max_bytes',
  max_poll_interval_ms: 'Heartbeats go on while messages are stored; see rebalance_timeout_ms',
  consumer_timeout_ms: 'It waits for messages without end',
  retry_backoff_ms: "The connector's own backoff decides when it is tried again",
  reconnect_backoff_ms: "The connector's own backoff decides when it is tried again",
  reconnect_backoff_max_ms: "The connector's own backoff decides when it is tried again",
  group_instance_id: 'Static membership is not known to the Node client',
  partition_assignment_strategy: 'Partitions are assigned by round robin',
  api_version: 'The version is agreed on with the broker',
  api_version_auto_timeout_ms: 'The version is agreed on with the broker; see request_timeout_ms',
  check_crcs: 'Checksums are always checked',
  exclude_internal_topics: 'A pattern never takes in topics whose names begin with two underscores',
  allow_auto_create_topics: 'Topics are never created',
  connections_max_idle_ms: 'Connections are kept while the connector runs',
  max_in_flight_requests_per_connection: 'The Node client sets no limit',
  receive_buffer_bytes: 'The operating system decides',
  send_buffer_bytes: 'The operating system decides',
  socket_options: 'The operating system decides',
  ssl_context: 'Name the files in ssl_cafile, ssl_certfile and ssl_keyfile',
  ssl_crlfile: 'Revocation lists are not read',
  ssl_ciphers: 'TLS keeps to what Node.js takes to be safe',
  sasl_kerberos_service_name: 'Kerberos is not known to the Node client',
  sasl_kerberos_domain_name: 'Kerberos is not known to the Node client',
  sasl_oauth_token_provider: 'OAUTHBEARER is not offered',
  loop: 'It means something in Python only',
} as const;

const seedKeys = Object.fromEntries(
  Object.entries(withoutEffect).map(([key, why]) => [
    key,
    Joi.any().description(`${why}.`).meta({ seed: true }),
  ]),
);

const withSasl = Joi.valid('SASL_PLAINTEXT', 'SASL_SSL');

/** As it is written: the group has a default that only the connector's id makes. */
export type WrittenConfig = Omit<KafkaConsumerConfig, 'group_id'> & { readonly group_id?: string };

export const schema = Joi.object<WrittenConfig>({
  bootstrap_servers: list(Joi.string().pattern(address, { name: 'address' }))
    .required()
    .description('Brokers to begin with, `host:port` (default port 9092): a list, or one text with commas.')
    .example('kafka.example.org:9092')
    .messages({ 'string.pattern.name': '{{#label}} must be host:port' }),
  group_id: text(
    'The consumer group: gateways with the same one share the partitions. Default: `healthos-<id of the connector>`.',
  )
    .max(249)
    .example('healthos'),
  client_id: text("The name under which the broker logs this client; default: the connector's id.").max(249),
  topics: list(Joi.string().pattern(topic, { name: 'topic' }))
    .description('The topics to read: a list, or one text with commas. Either this or `topic_pattern`.')
    .messages({
      'string.pattern.name': '{{#label}} must be the name of a topic: letters, digits and . _ -',
    }),
  topic_pattern: text(
    'Reads every topic whose whole name matches this regular expression; new ones are seen when it connects anew.',
  )
    .max(1000)
    .custom(regularExpression)
    .messages({ 'any.invalid': '{{#label}} must be a regular expression' })
    .example('lab-.*'),
  auto_offset_reset: Joi.valid('earliest', 'latest')
    .default('earliest')
    .description('Where a group begins that has no offset yet: `earliest` or `latest`.'),
  on_undecodable: Joi.valid('fail', 'skip')
    .default('fail')
    .description(
      'What becomes of records that cannot be decoded: `fail` stops the connector in front of them, `skip` counts them and goes on.',
    ),
  isolation_level: Joi.valid('read_committed', 'read_uncommitted')
    .default('read_committed')
    .description('Whether messages of transactions are taken before they are committed.'),
  security_protocol: Joi.string()
    .valid(...protocols)
    .default('PLAINTEXT')
    .description('What the listener of the broker speaks.'),
  sasl_mechanism: Joi.string()
    .valid(...mechanisms)
    .default('PLAIN')
    .description('How the password is shown, with a `security_protocol` of SASL.'),
  sasl_plain_username: text('The user, for all mechanisms.').when('security_protocol', {
    is: withSasl,
    then: Joi.required(),
  }),
  sasl_plain_password: text('The password, for all mechanisms.')
    .meta({ secret: true })
    .when('security_protocol', { is: withSasl, then: Joi.required() }),
  ssl_cafile: pem("The authorities that may have issued the broker's certificate; default: those of Node.js"),
  ssl_certfile: pem('The certificate to show, with its chain'),
  ssl_keyfile: pem('Its private key'),
  ssl_password: text('The password of the private key.').meta({ secret: true }),
  ssl_check_hostname: Joi.boolean()
    .default(true)
    .description("Whether the broker's certificate must be for its host's name."),
  session_timeout_ms: milliseconds(
    'After so long without a heartbeat the group gives the partitions to others.',
  ).default(10_000),
  heartbeat_interval_ms: milliseconds(
    'How often a heartbeat is sent; a third of `session_timeout_ms` or less.',
  )
    .default(3000)
    .less(Joi.ref('session_timeout_ms'))
    .messages({ 'number.less': '{{#label}} must be less than session_timeout_ms' }),
  rebalance_timeout_ms: milliseconds(
    'How long the group waits for its members when partitions are shared out.',
  ).default(30_000),
  request_timeout_ms: milliseconds('A broker that has not answered by then counts as gone.').default(5000),
  metadata_max_age_ms: milliseconds('How often it is looked for new partitions.').default(300_000),
  fetch_max_wait_ms: milliseconds('How long the broker may wait for `fetch_min_bytes`.')
    .max(5000)
    .default(500),
  fetch_min_bytes: size('The broker answers as soon as it has so much.', 1, '1'),
  fetch_max_bytes: size('How much is fetched at once.', 10 * 1024 * 1024, '10MiB'),
  max_partition_fetch_bytes: size('How much is fetched at once of one partition.', 1024 * 1024, '1MiB'),
  ...seedKeys,
})
  .xor('topics', 'topic_pattern')
  .and('ssl_certfile', 'ssl_keyfile')
  .messages({
    'object.missing': '{{#label}} needs topics or topic_pattern',
    'object.xor': '{{#label}} must have topics or topic_pattern, not both',
    'object.and': '{{#label}} must have ssl_certfile and ssl_keyfile together',
  });

function regularExpression(value: string, helpers: Joi.CustomHelpers): unknown {
  try {
    return new RegExp(value, 'u').source;
  } catch {
    return helpers.error('any.invalid');
  }
}
