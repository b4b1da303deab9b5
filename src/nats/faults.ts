/**
 * What went wrong at a NATS server, told once for all who speak to one: from the client's error, with its chain of
 * causes, to a code, a kind, and a sentence that names the setting to mend. Secrets never reach a sentence.
 */
import { networkFaultOfCode } from '../connectors/faults.ts';
import { HealthosError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

/** What can be wrong, whoever meets it. */
export type NatsTrouble =
  | 'unreachable'
  | 'unknown-host'
  | 'unknown-stream'
  | 'unknown-consumer'
  | 'credentials'
  | 'forbidden'
  | 'certificate'
  | 'protocol';

/** Who speaks to the server: the codes and the names of settings differ. */
export interface NatsSide {
  readonly codes: Readonly<Record<NatsTrouble, ErrorCode>>;
  /** The name of a setting as the operator finds it in the file. */
  readonly setting: (name: string) => string;
}

/** A connector: its settings stand in its own `config`. */
export const connectorSide: NatsSide = {
  codes: {
    unreachable: 'remote/unreachable',
    'unknown-host': 'remote/unknown-host',
    'unknown-stream': 'remote/unknown-stream',
    'unknown-consumer': 'remote/unknown-consumer',
    credentials: 'remote/credentials',
    forbidden: 'remote/forbidden',
    certificate: 'remote/certificate',
    protocol: 'remote/protocol',
  },
  setting: (name) => name,
};

/** The bus: its settings stand in `app.messaging`, where the servers are called `url`. */
export const busSide: NatsSide = {
  codes: {
    unreachable: 'bus/unavailable',
    'unknown-host': 'bus/unavailable',
    'unknown-stream': 'bus/unavailable',
    'unknown-consumer': 'bus/unavailable',
    credentials: 'bus/credentials',
    forbidden: 'bus/credentials',
    certificate: 'bus/certificate',
    protocol: 'bus/certificate',
  },
  setting: (name) => `app.messaging.${name === 'servers' ? 'url' : name}`,
};

/** What was being done, for the sentence. */
export interface NatsPlace {
  readonly side: NatsSide;
  /** The server, without secrets, as `describeServers` gives it. */
  readonly server: string;
  /** The settings by which we identify ourselves, such as `user and password`; empty where there are none. */
  readonly identity?: readonly string[] | undefined;
  /** When our JWT ran out, if it did. */
  readonly expired?: string | undefined;
  readonly stream?: string | undefined;
  readonly durable?: string | undefined;
}

/** The trouble as an error of ours: `retry` or `fix` by its code; the last two of `unknown-*` ask for the longest wait. */
export function natsFault(
  trouble: NatsTrouble,
  sentence: string,
  side: NatsSide,
  cause?: unknown,
): HealthosError {
  const patient = trouble.startsWith('unknown-') ? { retryAfter: Infinity } : {};
  return new HealthosError(side.codes[trouble], sentence, { cause, ...patient });
}

/** Whatever the client threw, as an error of ours. One that is ours already passes through. */
export function asNatsFault(thrown: unknown, place: NatsPlace): HealthosError {
  if (thrown instanceof HealthosError) return thrown;
  const chain = causesOf(thrown);
  for (const tell of [tellApi, tellCode, tellNetwork]) {
    for (const link of chain) {
      const told = tell(link, place);
      if (told) return natsFault(told.trouble, told.sentence, place.side, thrown);
    }
  }
  return natsFault('unreachable', unreachable(chain, place), place.side, thrown);
}

/** Where a connection goes, without user, password and token: `nats://a:4222, nats://b:4222`. */
export function describeServers(servers: readonly string[]): string {
  return servers.map((server) => server.replace(/^([a-z]+:\/\/)?[^@/]*@/i, '$1')).join(', ');
}

interface Told {
  readonly trouble: NatsTrouble;
  readonly sentence: string;
}

/** One error of a chain, as far as it is looked at. */
interface Link {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly apiCode: number | undefined;
  readonly subject: string | undefined;
  readonly operation: string | undefined;
}

const noLink = { name: '', code: '' };

/** The server's own numbers for what its JetStream API refuses. */
function tellApi({ apiCode }: Link, place: NatsPlace): Told | undefined {
  const { side, server, stream = '', durable = '' } = place;
  const named = side.setting('stream');
  if (apiCode === 10059)
    return { trouble: 'unknown-stream', sentence: `${server} has no stream ${stream} (${named}).` };
  if (apiCode === 10014) {
    return {
      trouble: 'unknown-consumer',
      sentence: `Stream ${stream} at ${server} has no consumer ${durable} (${side.setting('durable')}).`,
    };
  }
  if (apiCode === 10039 || apiCode === 10076)
    return { trouble: 'protocol', sentence: withoutJetStream(place) };
  return undefined;
}

/** The sentence for a server or an account that has no JetStream. */
export function withoutJetStream({ server, side }: NatsPlace): string {
  return `${server} has no JetStream, or not for this account: enable it there, or mend ${side.setting('servers')}.`;
}

function tellCode(link: Link, place: NatsPlace): Told | undefined {
  const { server, side } = place;
  const servers = side.setting('servers');
  switch (link.code) {
    case 'AUTHORIZATION_VIOLATION':
      return { trouble: 'credentials', sentence: refusedIdentity(place, 'refuses the credentials') };
    case 'AUTHENTICATION_EXPIRED':
    case 'ACCOUNT_EXPIRED':
      return {
        trouble: 'credentials',
        sentence: refusedIdentity(place, 'says that the credentials have expired'),
      };
    case 'BAD_CREDS':
    case 'BAD_AUTHENTICATION':
      return { trouble: 'credentials', sentence: refusedIdentity(place, 'cannot be shown the credentials') };
    case 'PERMISSIONS_VIOLATION':
      return { trouble: 'forbidden', sentence: forbidden(link, place) };
    case 'SERVER_OPT_NA':
      return {
        trouble: 'protocol',
        sentence: `${server} offers no TLS: leave out ${side.setting('tls')}, or enable it at the server.`,
      };
    case 'NATS_NO_GREETING':
      return {
        trouble: 'protocol',
        sentence: `What answers at ${server} is no NATS server: mend ${servers}.`,
      };
    case 'NATS_SILENT':
      return { trouble: 'unreachable', sentence: `${server} hung up without a word.` };
    case 'NATS_PROTOCOL_ERR':
      return authenticationEnded(link)
        ? { trouble: 'credentials', sentence: refusedIdentity(place, 'no longer accepts the credentials') }
        : undefined;
    default:
      return undefined;
  }
}

/** Said by the server to a connection whose user was changed or removed. */
function authenticationEnded({ message }: Link): boolean {
  return /authentication (revoked|expired)|credentials/i.test(message);
}

function refusedIdentity({ server, identity = [], expired, side }: NatsPlace, says: string): string {
  if (identity.length === 0) {
    const ways = ['user', 'token', 'nkeys_seed', 'creds'].map((name) => side.setting(name)).join(', ');
    return `${server} asks who we are: set one of ${ways}.`;
  }
  const names = identity.map((name) => side.setting(name)).join(' and ');
  if (expired !== undefined)
    return `${server} refuses the credentials, which expired at ${expired}: mend ${names}.`;
  return `${server} ${says}: mend ${names}.`;
}

/** The subject is said where it may be one of the configuration's; an inbox is nobody's setting. */
function forbidden({ operation, subject }: Link, { server, side }: NatsPlace): string {
  const act = operation === 'publish' ? 'to publish to' : 'to subscribe to';
  if (subject === undefined) return `${server} does not permit what is needed.`;
  if (subject.startsWith('_INBOX.')) return `${server} does not permit ${act} inboxes (_INBOX.>).`;
  if (subject.startsWith('$JS.'))
    return `${server} does not permit ${act} ${subject}, which JetStream needs.`;
  return `${server} does not permit ${act} ${subject}: mend ${side.setting('subjects')}, or have it permitted.`;
}

/** What the network and TLS say, and the setting to which it points. */
function tellNetwork({ code }: Link, { server, side }: NatsPlace): Told | undefined {
  const servers = side.setting('servers');
  switch (networkFaultOfCode(code)) {
    case 'unknown-host':
      return {
        trouble: 'unknown-host',
        sentence: `The host of ${server} is not known (${code}): mend ${servers}, or the name service.`,
      };
    case 'certificate':
      return { trouble: 'certificate', sentence: certificate(code, server, side) };
    case 'protocol':
      return {
        trouble: 'protocol',
        sentence: `${server} and we do not agree on TLS (${code}): mend ${side.setting('tls')}.`,
      };
    case 'unreachable':
      return { trouble: 'unreachable', sentence: `${server} cannot be reached (${code}).` };
    case undefined:
      return undefined;
  }
}

function certificate(code: string, server: string, { setting }: NatsSide): string {
  const row = certificates.find(({ codes }) => codes.test(code));
  const named = row?.settings.map((name) => setting(name)).join(' and ') ?? '';
  return row === undefined
    ? `What ${setting('tls.ca')}, ${setting('tls.cert')} or ${setting('tls.key')} names cannot be used (${code}).`
    : `${row.says.replace('{server}', server)} (${code}): ${row.mend.replace('{settings}', named)}.`;
}

/** By what Node.js and OpenSSL call it; what is in no row is a file of ours. */
const certificates = [
  {
    codes: /^ERR_TLS_CERT_ALTNAME|^HOSTNAME_MISMATCH/,
    says: 'The certificate of {server} is for another host',
    mend: 'mend {settings}, or the certificate',
    settings: ['servers'],
  },
  {
    codes: /^CERT_(HAS_EXPIRED|NOT_YET_VALID)/,
    says: 'The certificate of {server} is not valid now',
    mend: 'have it renewed, or mend the clock',
    settings: [],
  },
  {
    codes: /^ERR_SSL_.*ALERT/,
    says: '{server} does not accept our certificate',
    mend: 'mend {settings}',
    settings: ['tls.cert', 'tls.key'],
  },
  {
    codes: /SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|^CERT_|^INVALID_CA/,
    says: 'The certificate of {server} is not trusted',
    mend: 'name its authority in {settings}',
    settings: ['tls.ca'],
  },
] as const;

/** The error and its causes, outermost first; the client calls a cause `chainedError`. */
function causesOf(thrown: unknown): readonly Link[] {
  const links: Link[] = [];
  for (let at = thrown; isRecord(at) && links.length < 8; at = at['cause'] ?? at['chainedError']) {
    links.push(linkOf(at));
  }
  return links;
}

function linkOf(error: Readonly<Record<string, unknown>>): Link {
  const api = isRecord(error['api_error']) ? error['api_error'] : {};
  const permission = isRecord(error['permissionContext']) ? error['permissionContext'] : {};
  return {
    name: textOf(error['name']) ?? '',
    code: textOf(error['code']) ?? '',
    message: textOf(error['message']) ?? '',
    apiCode: typeof api['err_code'] === 'number' ? api['err_code'] : undefined,
    subject: textOf(permission['subject']),
    operation: textOf(permission['operation']),
  };
}

function unreachable(chain: readonly Link[], { server }: NatsPlace): string {
  const { code, name } = chain.find((link) => link.code !== '' || link.name === 'TimeoutError') ?? noLink;
  if (name === 'TimeoutError' || code === 'TIMEOUT') return `${server} does not answer.`;
  return code === '' ? `The connection to ${server} broke off.` : `${server} cannot be reached (${code}).`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
