/** The core service definition, as Joi: every key with its type, default and description. */
import { logLevels } from '../logging.ts';
import { presets } from '../validation/engine.ts';
import { shippedPackages } from '../validation/fhir/profiles/shipped.ts';
import { severities } from '../validation/issue.ts';
import { roles } from './definition.ts';
import { configJoi as joi } from './values.ts';

const text = (description: string) => joi.string().description(description);
const path = (description: string) => text(description).example('/etc/healthos/file.pem');
const secret = (description: string) => text(description).meta({ secret: true });
const count = (description: string) => joi.number().integer().min(0).description(description);
const seed = (description: string) => joi.any().description(description).meta({ seed: true });

const level = joi.string().valid('off', ...severities);

const fhir = joi
  .object({
    version: joi
      .string()
      .valid('R4', 'R4B', 'R5')
      .description(
        'The release of payloads that name none: neither by `fhirVersion` beside their content type, nor by a profile of the standard itself. R4 where it is left out.',
      ),
    packages: joi
      .array()
      .items(joi.string().valid(...shippedPackages))
      .description('Profiles that come with HealthOS: resources that claim one of them are held to it.'),
    folder: text(
      'A folder of further packages, relative to the working directory: the StructureDefinitions (with snapshots) and value sets in its `.json` files, at any depth.',
    ).example('./profiles'),
  })
  .description('How FHIR is read.');

/** What of `validation` can be said for all messages, for those of one connector, and for those of one sender. */
function senderKeys() {
  const preset = joi
    .string()
    .valid(...presets)
    .description(
      'How strictly messages are taken. `lenient`: only what cannot be read or routed is an error; `standard`: and what a good receiver refuses; `strict`: every normative rule.',
    );
  const rules = joi
    .object()
    .pattern(
      joi.string().pattern(/^(message|hl7v2|fhir|x12|dicom)\/[a-z0-9-]+$/),
      level.description('The severity of the rule of this name: it wins over the preset.'),
    )
    .description('Severities by rule id.');
  const profile = text(
    'A site profile of HL7 v2: a YAML file, relative to this one. docs/hl7v2-profiles.md says what it holds.',
  ).example('profiles/linden-hospital.yaml');
  return { preset, rules, profile };
}

/** `validation`, for all messages and for those of one connector. */
function validationKeys(presetDefault?: string) {
  const { preset, rules, profile } = senderKeys();
  const senders = joi
    .object()
    .pattern(joi.string().max(227), joi.object(senderKeys()).description('The sender of this name.'))
    .description('Overrides for the HL7 v2 messages of single senders, by sending application (MSH-3.1).');
  return presetDefault === undefined
    ? { preset, rules, profile, senders, fhir }
    : { preset: preset.default(presetDefault), rules: rules.default(), profile, senders, fhir };
}

const subject = (description: string) => text(description).pattern(/^[^\s.*>]+(\.[^\s.*>]+)*$/);

const tls = joi.object({
  cert: path('The certificate with its chain: a PEM file.').required(),
  key: path('The private key: a PEM file.').required(),
  client_ca: path('With it, a client must show a certificate that these authorities issued: a PEM file.'),
});

const messaging = joi.object({
  url: text(
    'The bus: `embedded:<folder>` (relative to the working directory), or `nats://host:4222[,nats://…]`.',
  )
    .pattern(/^(embedded:.+|(nats|tls):\/\/[^,\s]+(,(nats|tls):\/\/[^,\s]+)*)$/)
    .example('embedded:./data')
    .default('embedded:./data'),
  data: text(
    'With a NATS server: the folder of the journal, the desired states and the audit; each gateway has its own. `./data` where neither this nor `--data` says another one.',
  ),
  stream_name: text('The name of the stream.')
    .pattern(/^[A-Za-z0-9_-]+$/)
    .max(255)
    .default('healthos'),
  ingress_subject: subject('The subject of every message as received.').default('lfh.healthos.ingress'),
  error_subject: subject('The subject of what failed validation.').default('lfh.healthos.ingress.errors'),
  replicas: joi
    .number()
    .integer()
    .min(1)
    .max(5)
    .default(1)
    .description('On how many servers of a NATS cluster each message is kept: 3 outlives the loss of one.'),
  sync_always: joi
    .boolean()
    .default(false)
    .description(
      'Says that each NATS server has `sync_interval: always`, which cannot be seen from here; without it there is a warning.',
    ),
  publish_timeout_s: joi
    .duration()
    .positive()
    .default(5)
    .description('A publish that the bus has not answered by then is refused.'),
  duplicate_window_s: joi
    .duration()
    .positive()
    .default(3600)
    .description('How long a duplicate key is remembered.'),
  retention: joi
    .object({
      max_age: joi
        .duration()
        .positive()
        .default(604_800)
        .meta({ default: '7d' })
        .description('The age to which it is kept.'),
      max_bytes: joi
        .size()
        .integer()
        .positive()
        .default(20e9)
        .meta({ default: '20GB' })
        .description(
          'The size to which it is kept, large bodies included: near it (from 90 % on, with a NATS server from 80 %) the oldest goes that every consumer is done with, however young it is.',
        ),
    })
    .default()
    .description('How much is kept of what has been dealt with; nothing unprocessed is ever dropped.'),
  user: text('The user at the NATS server.'),
  password: secret('The password at the NATS server.'),
  token: secret('The token at the NATS server.'),
  creds: path('The NATS credentials file.'),
  seal: secret(
    'A secret of the gateways on one stream, the same for all. With it, a message that none of them published is not believed its connector, caller, parent and time of receiving.',
  ).min(16),
  tls: joi
    .object({
      ca: path("The authorities that may have issued the server's certificate: a PEM file."),
      cert: path('The certificate to show: a PEM file.'),
      key: path('Its private key: a PEM file.'),
    })
    .description('TLS towards the NATS server.'),
  inbound_subject: seed("The seed's name for the subject of received messages."),
});

const app = joi.object({
  host: text(
    'The address to listen on. Any but a loopback address needs `auth`, or `insecure_bind: true`.',
  ).default('127.0.0.1'),
  port: joi.number().port().default(8080).description('The port of the one HTTP server; 0 takes a free one.'),
  insecure_bind: joi
    .boolean()
    .default(false)
    .description('Listen on an address that others reach although there is no `auth`.'),
  messaging: messaging
    .default()
    .description('The bus, where every message is stored before it is acknowledged.'),
  auth: joi
    .object({
      tokens: joi
        .array()
        .items(
          joi.object({
            name: text('Who holds the token, as the audit names them.').max(64).required(),
            role: joi
              .string()
              .valid(...roles)
              .required()
              .description('What the holder may do.'),
            sha256: secret(
              'SHA-256 of the token, in 64 hexadecimal digits: `printf %s "$TOKEN" | sha256sum`.',
            )
              .pattern(/^[0-9a-fA-F]{64}$/)
              .lowercase()
              .required(),
          }),
        )
        .min(1)
        .required()
        .description('The bearer tokens.'),
    })
    .description('Who may do what. Without it, a caller on loopback is admin.'),
  tls: tls.description('HTTPS instead of HTTP.'),
  audit: joi
    .object({
      max_bytes: joi
        .size()
        .integer()
        .positive()
        .default(100e6)
        .meta({ default: '100MB' })
        .description(
          'The size at which a file of it is followed by another: `audit.jsonl`, `audit-1.jsonl` and so on.',
        ),
      files: count('How many of its files are kept; then the oldest goes.').min(1).default(10),
    })
    .default()
    .description('The audit log in the data folder: who did what through the admin API.'),
  debug: seed("The seed's hot reload."),
  ssl_keyfile: seed("The seed's name for `tls.key`."),
  ssl_keyfile_password: seed("The seed's password of the key file.").meta({ secret: true }),
  ssl_certfile: seed("The seed's name for `tls.cert`."),
  ssl_version: seed("The seed's version of TLS."),
  ssl_cert_reqs: seed("The seed's demand for a client certificate."),
  ssl_ca_certs: seed("The seed's name for `tls.client_ca`."),
  ssl_ciphers: seed("The seed's ciphers."),
});

/** A connector, but for what lies in `config` beside its `type`: that is its kind's own schema. */
const connector = joi.object({
  type: joi.string().valid('inbound', 'outbound').required().description('Which way messages go.'),
  id: text('The name by which operators and the API call it; unique.')
    .pattern(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .required()
    .example('rest-connector'),
  name: text('A name for people; default: the id.').max(128),
  enabled: joi
    .boolean()
    .default(true)
    .description("`false`: idle until an operator starts it. An operator's stop survives a restart."),
  config: joi
    .object({
      type: text('The kind of connector.').required(),
    })
    .unknown()
    .required()
    .description('What the kind of connector needs.'),
  restart: joi
    .object({
      intensity: count('How many restarts within the period.').default(5),
      period_s: joi.duration().positive().default(30).description('The period.'),
    })
    .default()
    .description('How often the supervisor restarts it before it gives it up as failed.'),
  backoff: joi
    .object({
      initial_ms: count('The first wait before another try.').min(1).default(250),
      max_ms: count('The longest wait.').min(1).default(5000),
      max_attempts: count('After so many tries it has failed; 0: no limit.').default(0),
    })
    .default()
    .description('Waits between tries: exponential, with full jitter.'),
  rate_limit: joi
    .object({
      per_second: joi.number().min(0.001).required().description('Messages a second, on average.'),
      burst: joi.number().integer().positive().required().description('Messages at once.'),
    })
    .description(
      'What comes faster is answered 429, or read later where the source can wait (MLLP, DIMSE, Kafka, NATS). Without it there is no limit.',
    ),
  validation: joi
    .object(validationKeys())
    .description("Overrides `validation` for this connector's messages."),
});

/** The whole file. `connectors[].config` is checked once more by the kind's schema. */
export const definitionSchema = joi.object({
  app: app.default().description('The gateway itself.'),
  validation: joi.object(validationKeys('standard')).default().description('How messages are judged.'),
  connectors: joi.array().items(connector).required().description('Where messages come from and go to.'),
  logging: joi
    .object({
      level: joi
        .string()
        .valid(...logLevels)
        .default('info')
        .description('The least severe level that is logged.'),
      format: joi
        .string()
        .valid('json', 'pretty')
        .description(
          'One JSON object a line, or aligned text; default: `pretty` on a terminal, else `json`.',
        ),
    })
    .default()
    .description('The log, on standard output.'),
  logging_config: seed("The seed's Python logging file."),
});
