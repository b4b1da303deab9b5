/** What NATS, Kafka and MLLP share for `healthos send`: addresses, credentials, and the words for what goes wrong. */
import { readFileSync } from 'node:fs';
import { fileFault } from '../../config/substitute.ts';
import { type NetworkFault, networkFault } from '../../connectors/faults.ts';
import { usageError } from '../errors.ts';
import type { Target } from '../transmit.ts';

/** PEM texts. */
export interface BrokerTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Where a broker is and who we are there. */
export interface BrokerAddress {
  /** `host:port`, at least one. */
  readonly servers: readonly string[];
  readonly tls: BrokerTls | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/** A broker's address as it is typed: `host`, `host:port`, or with `scheme://` and `user:password@`; several with commas. */
export function readAddress(target: Target, usual: { scheme: string; at: string }): BrokerAddress {
  const urls = (target.to ?? usual.at).split(',').map((text) => readUrl(text.trim(), usual));
  const withUser = urls.find(({ username }) => username !== '');
  const given = (part: string | undefined) => (part === undefined || part === '' ? undefined : decode(part));
  const files = readFiles(target);
  const isTls = urls.some(({ protocol }) => protocol === 'tls:') || Object.keys(files).length > 0;
  const port = usual.at.split(':').at(-1) ?? '';
  return {
    servers: urls.map((url) => `${url.hostname}:${url.port || port}`),
    tls: isTls ? files : undefined,
    user: target.user ?? given(withUser?.username),
    password: target.password ?? given(withUser?.password) ?? process.env['HEALTHOS_PASSWORD'],
  };
}

/** The text is not repeated: a password may stand in it. */
function readUrl(text: string, { scheme, at }: { scheme: string; at: string }): URL {
  const url = /^[a-z]+:\/\//.test(text) ? text : `${scheme}://${text}`;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const known = parsed !== undefined && [`${scheme}:`, 'tls:'].includes(parsed.protocol);
  if (known && parsed.hostname !== '' && ['', '/'].includes(parsed.pathname)) return parsed;
  throw usageError(`--to must be the host and port of a broker, such as ${at} or tls://${at}.`);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw usageError('--to has a % in its user or password that is not followed by two hexadecimal digits.');
  }
}

function readFiles(target: Target): BrokerTls {
  const given = (['ca', 'cert', 'key'] as const).flatMap((name) => {
    const file = target[name];
    return file === undefined ? [] : [[name, readPem(name, file)] as const];
  });
  return Object.fromEntries(given);
}

function readPem(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw usageError(`The file of --${option} cannot be read (${fileFault(thrown)}).`);
  }
}

const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there',
  ECONNRESET: 'It broke the connection off, as a broker does that is spoken to in TLS or ought to be',
};

/** What the network said, in words that name the option to mend. */
const faults: Readonly<Record<NetworkFault, (code: string) => string>> = {
  'unknown-host': () => 'There is no such host: check --to',
  unreachable: (code) => `${unreachable[code] ?? 'Nothing answers there'}: check --to`,
  certificate: (code) =>
    `Its certificate is not accepted (${code}): name its authority with --ca, and its host in --to as it does`,
  protocol: (code) => `It does not speak TLS there as we do (${code}): leave out tls:// and --ca`,
};

/** Why there is no connection; undefined where the network says nothing. */
export function connectionFault(thrown: unknown): string | undefined {
  const found = networkFault(thrown);
  return found && faults[found.fault](found.code);
}
