/** The files behind a connection to NATS: read at each connect, so that what an operator mended takes effect. */
import { readFile } from 'node:fs/promises';
import type { HealthosError } from '../errors.ts';
import { natsFault } from './faults.ts';
import type { NatsSide, NatsTrouble } from './faults.ts';

export interface NatsFiles {
  readonly nkeys_seed?: string | undefined;
  readonly creds?: string | readonly string[] | undefined;
  readonly tls?:
    | {
        readonly ca?: string | undefined;
        readonly cert?: string | undefined;
        readonly key?: string | undefined;
      }
    | undefined;
}

export interface NatsSecrets {
  /** A credentials file as it is. */
  readonly creds?: Uint8Array | undefined;
  readonly jwt?: string | undefined;
  readonly seed?: Uint8Array | undefined;
  /** When the JWT ran out, RFC 3339; undefined while it holds. */
  readonly expired?: string | undefined;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** Rejects with a fault that names the setting whose file cannot be read or used. */
export async function readSecrets(files: NatsFiles, side: NatsSide): Promise<NatsSecrets> {
  const read = reader(side);
  const [ca, cert, key] = await Promise.all([
    read('tls.ca', files.tls?.ca, 'certificate'),
    read('tls.cert', files.tls?.cert, 'certificate'),
    read('tls.key', files.tls?.key, 'certificate'),
  ]);
  const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  return { tls, ...(await readIdentity(files, side)) };
}

async function readIdentity(files: NatsFiles, side: NatsSide): Promise<Omit<NatsSecrets, 'tls'>> {
  const read = reader(side);
  const [first, second] = typeof files.creds === 'string' ? [files.creds] : (files.creds ?? []);
  const text = await read('creds', first, 'credentials');
  if (text !== undefined && second !== undefined) {
    const jwt = text.trim();
    return {
      jwt,
      seed: bytesOf(seedIn(await read('creds', second, 'credentials'), 'creds', side)),
      ...expiry(jwt),
    };
  }
  if (text !== undefined) {
    const jwt = /BEGIN NATS USER JWT-+\s+(\S+)\s/.exec(text)?.[1];
    if (jwt === undefined) throw unusable('creds', 'holds no NATS USER JWT', side);
    seedIn(text, 'creds', side);
    return { creds: bytesOf(text), ...expiry(jwt) };
  }
  if (files.nkeys_seed === undefined) return {};
  const given = files.nkeys_seed;
  const seed = SEED.test(given) ? given : await read('nkeys_seed', given, 'credentials');
  return { seed: bytesOf(seedIn(seed, 'nkeys_seed', side)) };
}

/** A user's seed: 58 characters of base 32 that begin with SU. */
const SEED = /\bSU[A-Z2-7]{56}\b/;

function seedIn(text: string | undefined, setting: string, side: NatsSide): string {
  const seed = SEED.exec(text ?? '')?.[0];
  if (seed === undefined)
    throw unusable(setting, "holds no user's seed (58 characters that begin with SU)", side);
  return seed;
}

function reader(side: NatsSide) {
  return async (
    setting: string,
    path: string | undefined,
    trouble: NatsTrouble,
  ): Promise<string | undefined> => {
    if (path === undefined) return undefined;
    try {
      return await readFile(path, 'utf8');
    } catch (thrown) {
      const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown';
      throw natsFault(
        trouble,
        `The file that ${side.setting(setting)} names cannot be read (${code}).`,
        side,
        thrown,
      );
    }
  };
}

function unusable(setting: string, what: string, side: NatsSide): HealthosError {
  return natsFault('credentials', `The file that ${side.setting(setting)} names ${what}.`, side);
}

/** The server refuses a JWT that ran out with no word of why; the JWT says it itself (RFC 7519, section 4.1.4). */
function expiry(jwt: string): { expired?: string } {
  const payload = Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString();
  const seconds = Number(/"exp":\s*(\d+)/.exec(payload)?.[1] ?? Infinity);
  return seconds * 1000 < Date.now() ? { expired: new Date(seconds * 1000).toISOString() } : {};
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
