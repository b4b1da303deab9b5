/**
 * What the Kafka client throws, classed: one table from its cause chain to a code and a sentence that names the setting to
 * mend. The client's own `retriable` is not believed: it calls a dead broker final and a missing password worth a try.
 */
import { HealthosError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import { causeChain, codeOf, type NetworkFault, networkFaultOfCode } from '../faults.ts';
import type { KafkaConsumerConfig } from './config.ts';

type Tell = (config: KafkaConsumerConfig, error: Error) => HealthosError;

/** Told by the type of an error of the protocol (Kafka protocol guide, "Error Codes"). */
const byType: Readonly<Record<string, Tell>> = {
  UNKNOWN_TOPIC_OR_PARTITION: (config) => unknownTopic(config),
  SASL_AUTHENTICATION_FAILED: (config) => credentials(config),
  UNSUPPORTED_SASL_MECHANISM: (config) => mechanism(config),
  ILLEGAL_SASL_STATE: (config) =>
    protocol(`The listener wants no password: mend security_protocol (${config.security_protocol}).`),
  TOPIC_AUTHORIZATION_FAILED: (config) =>
    forbidden(`The account${userOf(config)} may not read what ${topicsOf(config)} names.`),
  GROUP_AUTHORIZATION_FAILED: (config) =>
    forbidden(`The account${userOf(config)} may not use group_id ${config.group_id}.`),
  CLUSTER_AUTHORIZATION_FAILED: (config) =>
    forbidden(`The account${userOf(config)} may not use this cluster.`),
  INVALID_TOPIC_EXCEPTION: (config) => wrong(`The broker takes ${topicsOf(config)} for no name of a topic.`),
  INVALID_GROUP_ID: (config) => wrong(`The broker refuses group_id ${config.group_id}.`),
  INVALID_SESSION_TIMEOUT: (config) =>
    wrong(`The broker does not allow session_timeout_ms ${config.session_timeout_ms}.`),
  INCONSISTENT_GROUP_PROTOCOL: (config) =>
    protocol(
      `Other clients of group_id ${config.group_id} share out partitions in another way: use another group.`,
    ),
  UNSUPPORTED_VERSION: () => protocol('The broker and the client have no version of the protocol in common.'),
  GROUP_COORDINATOR_NOT_AVAILABLE: (config) => uncoordinated(config),
  GROUP_LOAD_IN_PROGRESS: (config) => uncoordinated(config),
  NOT_COORDINATOR_FOR_GROUP: (config) => uncoordinated(config),
  CORRUPT_MESSAGE: (config) =>
    fix('remote/undecodable', `The broker finds records of ${topicsOf(config)} damaged.`),
};

/** Told by the name of an error of the client. */
const byName: Readonly<Record<string, Tell>> = {
  KafkaJSSASLAuthenticationError: (config, error) => saslFault(config, error.message),
  KafkaJSServerDoesNotSupportApiKey: () =>
    protocol('The broker lacks a request that is needed: it is too old.'),
  KafkaJSRequestTimeoutError: (config) => unanswered(config),
  KafkaJSGroupCoordinatorNotFound: (config) => uncoordinated(config),
};

const byNetwork: Readonly<
  Record<NetworkFault, (config: KafkaConsumerConfig, error: Error, code: string) => HealthosError>
> = {
  'unknown-host': (config, error) =>
    new HealthosError(
      'remote/unknown-host',
      `The name service does not know the host of ${brokerOf(config, error)}.`,
      {
        cause: error,
        retryAfter: Infinity,
      },
    ),
  certificate: (config, error, code) => certificate(config, error, code),
  protocol: (config, error, code) =>
    protocol(
      `${brokerOf(config, error)} does not speak TLS as we do (${code}): mend security_protocol (${config.security_protocol}).`,
    ),
  unreachable: (config, error, code) =>
    unreachable(`${brokerOf(config, error)} cannot be reached (${code}).`, error),
};

/** What was thrown, as an error of ours. What is no error of the client, nor of the network, is our bug. */
export function faultOf(thrown: unknown, config: KafkaConsumerConfig): HealthosError {
  if (thrown instanceof HealthosError) return thrown;
  const chain = causeChain(thrown);
  for (const error of chain) {
    const told = tellProtocol(error, config) ?? tellNetwork(error, config);
    if (told !== undefined) return told;
  }
  const [outermost] = chain;
  if (outermost === undefined || !chain.some((error) => error.name.startsWith('KafkaJS'))) {
    return new HealthosError('internal/bug', 'An unexpected error; the log has its code and stack.', {
      cause: thrown,
    });
  }
  const { name, type } = describe(chain);
  return unreachable(`${brokerOf(config, outermost)} broke off (${type ?? name}).`, outermost);
}

/** True where the client only says that a connection ended or stayed silent: why, a look at the listener may tell. */
export function isAmbiguous(fault: HealthosError): boolean {
  return (
    fault.code === 'remote/unreachable' &&
    !causeChain(fault.cause).some((error) => codeOf(error) === 'ECONNREFUSED')
  );
}

/** The listener speaks another protocol than the one that is configured. */
export function mismatch(config: KafkaConsumerConfig, server: string, speaks: string): HealthosError {
  return protocol(
    `${server} speaks ${speaks}: mend security_protocol (${config.security_protocol}), or the port.`,
  );
}

/** A broker that keeps silent: `within` the limit in milliseconds. */
export function unanswered(config: KafkaConsumerConfig): HealthosError {
  return unreachable(
    `The broker has not answered within request_timeout_ms (${config.request_timeout_ms}); bootstrap_servers: ${config.bootstrap_servers.join(', ')}.`,
  );
}

function uncoordinated({ group_id }: KafkaConsumerConfig): HealthosError {
  return unreachable(`No broker coordinates group_id ${group_id} yet, as after a start of the cluster.`);
}

export function unknownTopic(config: KafkaConsumerConfig): HealthosError {
  const what =
    config.topics === undefined
      ? `The broker has no topic that matches ${topicsOf(config)}.`
      : `The broker does not know ${config.topics.length > 1 ? 'one of ' : ''}${topicsOf(config)}.`;
  return new HealthosError('remote/unknown-topic', what, { retryAfter: Infinity });
}

/** A file that a setting names cannot be used. */
export function unusableFile(setting: string, path: string, code: string): HealthosError {
  return wrong(`The file ${path} of ${setting} cannot be read (${code}).`);
}

function tellProtocol(error: Error, config: KafkaConsumerConfig): HealthosError | undefined {
  const type: unknown = 'type' in error ? error.type : undefined;
  const told = typeof type === 'string' && Object.hasOwn(byType, type) ? byType[type] : undefined;
  return (told ?? (Object.hasOwn(byName, error.name) ? byName[error.name] : undefined))?.(config, error);
}

function tellNetwork(error: Error, config: KafkaConsumerConfig): HealthosError | undefined {
  const code = codeOf(error);
  const fault = code === undefined ? undefined : networkFaultOfCode(code);
  return code === undefined || fault === undefined ? undefined : byNetwork[fault](config, error, code);
}

/** The client makes one error of all that goes wrong while it shows the password: only its sentence tells. */
function saslFault(config: KafkaConsumerConfig, message: string): HealthosError {
  if (message.includes('mechanism is not supported')) return mechanism(config);
  if (/closed|not connected|connection error|timed out|timeout/i.test(message)) {
    return unreachable('The broker ended the connection while the password was shown.');
  }
  return credentials(config);
}

function credentials(config: KafkaConsumerConfig): HealthosError {
  return fix(
    'remote/credentials',
    `The broker refuses sasl_plain_username${userOf(config)} with its sasl_plain_password (${config.sasl_mechanism}).`,
  );
}

function mechanism({ sasl_mechanism }: KafkaConsumerConfig): HealthosError {
  return protocol(`The broker does not offer sasl_mechanism ${sasl_mechanism}.`);
}

const ownCertificate = /ALERT|REQUIRED/;
const ownName = 'ERR_TLS_CERT_ALTNAME_INVALID';

function certificate(config: KafkaConsumerConfig, error: Error, code: string): HealthosError {
  const broker = brokerOf(config, error);
  if (ownCertificate.test(code)) {
    const shown = config.ssl_certfile ?? 'none';
    return fix(
      'remote/certificate',
      `${broker} does not accept our certificate: mend ssl_certfile (${shown}; ${code}).`,
    );
  }
  if (code === ownName) {
    return fix(
      'remote/certificate',
      `The certificate of ${broker} is for another host: mend bootstrap_servers (${code}).`,
    );
  }
  const authorities = config.ssl_cafile ?? 'those of Node.js';
  return fix(
    'remote/certificate',
    `The certificate of ${broker} is not trusted: mend ssl_cafile (${authorities}; ${code}).`,
  );
}

function describe(chain: readonly Error[]): { readonly name: string; readonly type: string | undefined } {
  const types = chain.map((error): unknown => ('type' in error ? error.type : undefined));
  return { name: chain.at(-1)?.name ?? 'Error', type: types.find((type) => typeof type === 'string') };
}

/** The client names the broker in some of its errors; one that is not in the settings was advertised by another. */
function brokerOf({ bootstrap_servers }: KafkaConsumerConfig, error: Error): string {
  const broker: unknown = 'broker' in error ? error.broker : undefined;
  if (typeof broker !== 'string') return `The broker of bootstrap_servers (${bootstrap_servers.join(', ')})`;
  const own = bootstrap_servers.some((server) => broker.startsWith(server));
  return own
    ? `bootstrap_servers ${broker}`
    : `${broker}, which the broker advertises (bootstrap_servers ${bootstrap_servers.join(', ')}),`;
}

function topicsOf({ topics, topic_pattern }: KafkaConsumerConfig): string {
  return topics === undefined ? `topic_pattern ${topic_pattern ?? ''}` : `topics ${topics.join(', ')}`;
}

function userOf({ sasl_plain_username }: KafkaConsumerConfig): string {
  return sasl_plain_username === undefined ? '' : ` ${sasl_plain_username}`;
}

function unreachable(message: string, cause?: unknown): HealthosError {
  return new HealthosError('remote/unreachable', message, cause === undefined ? {} : { cause });
}

function protocol(message: string): HealthosError {
  return fix('remote/protocol', message);
}

function forbidden(message: string): HealthosError {
  return fix('remote/forbidden', message);
}

function wrong(message: string): HealthosError {
  return fix('config/invalid', message);
}

function fix(code: ErrorCode, message: string): HealthosError {
  return new HealthosError(code, message);
}
