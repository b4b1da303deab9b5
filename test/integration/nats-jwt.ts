/** A server that knows its users by JWT, and the credentials files of its users: all made on the spot. */
import { randomUUID } from 'node:crypto';
import { nkeys } from 'nats';

export interface KeyPair {
  getPublicKey(): string;
  getSeed(): Uint8Array;
  sign(input: Uint8Array): Uint8Array;
}

/** The client passes this on from a package of its own, and leaves its type behind. */
export const keys: { createUser(): KeyPair; createAccount(): KeyPair; createOperator(): KeyPair } =
  nkeys as never;

export interface JwtAuthority {
  /** More of nats-server's configuration. */
  readonly config: string;
  /** The text of a credentials file; `expires`: seconds since the epoch. */
  credentials(expires?: number): string;
}

const seconds = () => Math.floor(Date.now() / 1000);
const text = new TextDecoder();

export function jwtAuthority(): JwtAuthority {
  const [operator, account, system] = [keys.createOperator(), keys.createAccount(), keys.createAccount()];
  const operatorJwt = jwt(operator, operator, 'operator', {
    system_account: system.getPublicKey(),
  });
  const limits = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1, ...unlimited };
  const accountJwt = jwt(account, operator, 'account', { limits });
  const systemJwt = jwt(system, operator, 'account', { limits: unlimited });
  return {
    config: `operator: ${operatorJwt}
system_account: ${system.getPublicKey()}
resolver: MEMORY
resolver_preload: { ${account.getPublicKey()}: ${accountJwt}, ${system.getPublicKey()}: ${systemJwt} }`,
    credentials(expires) {
      const user = keys.createUser();
      const userJwt = jwt(user, account, 'user', { subs: -1, data: -1, payload: -1 }, expires);
      const seed = text.decode(user.getSeed());
      return [
        ['NATS USER JWT', userJwt],
        ['USER NKEY SEED', seed],
      ]
        .map(([name, value]) => `-----BEGIN ${name}-----\n${value}\n------END ${name}------\n`)
        .join('\n');
    },
  };
}

const unlimited = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1 };

/** NATS JWT, version 2: a claim that the issuer's nkey has signed. */
function jwt(subject: KeyPair, issuer: KeyPair, type: string, claims: object, expires?: number): string {
  const body = {
    jti: randomUUID(),
    iat: seconds() - 60,
    iss: issuer.getPublicKey(),
    name: 'test',
    sub: subject.getPublicKey(),
    ...(expires === undefined ? {} : { exp: expires }),
    nats: { ...claims, type, version: 2 },
  };
  const signed = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part(body)}`;
  return `${signed}.${Buffer.from(issuer.sign(Buffer.from(signed))).toString('base64url')}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
