/** How a NatsClient proves who it is, and in what words it is refused: on real servers. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { HealthosError } from '../../src/errors.ts';
import { brokerCertificates } from '../brokers/certificates.ts';
import type { BrokerCertificates } from '../brokers/certificates.ts';
import { startNats } from '../brokers/nats.ts';
import type { NatsServer } from '../brokers/nats.ts';
import { enter } from './nats-client-world.ts';
import { jwtAuthority, keys } from './nats-jwt.ts';

let folder: string;
let certificates: BrokerCertificates;

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthos-nats-client-'));
  certificates = await brokerCertificates(join(folder, 'certificates'));
});

test.after.always(() => rm(folder, { recursive: true, force: true }));

async function serve(t: ExecutionContext, config = '', jetStream = false): Promise<NatsServer> {
  const server = await startNats({ config, jetStream });
  t.teardown(() => server.remove());
  return server;
}

type Settings = Readonly<Record<string, unknown>>;

const opens = async (t: ExecutionContext, { url }: NatsServer, settings: Settings) => {
  const world = enter(t, { servers: url, subjects: 'in.>', ...settings });
  await t.notThrowsAsync(world.connect());
  await world.connector.close();
};

/** Rejects with the code, in words that match; the whole of it is searched for secrets. */
const refuses = async (t: ExecutionContext, settings: Settings, code: string, words: RegExp) => {
  const world = enter(t, { subjects: 'in.>', ...settings });
  const fault = await t.throwsAsync<HealthosError>(world.connect(), { code });
  t.regex(fault.message, words);
  t.notRegex(fault.message, /zebra/);
};

test('a user with a password, in the settings or in the URL', async (t) => {
  const server = await serve(t, 'authorization { user: gateway, password: right-zebra }');
  await opens(t, server, { user: 'gateway', password: 'right-zebra' });
  await opens(t, server, { servers: server.url.replace('//', '//gateway:right-zebra@') });
  const wrong = { servers: server.url, user: 'gateway', password: 'wrong-zebra' };
  await refuses(t, wrong, 'remote/credentials', /refuses the credentials: mend user and password/);
  const inUrl = { servers: server.url.replace('//', '//gateway:wrong-zebra@') };
  await refuses(t, inUrl, 'remote/credentials', /mend servers/);
  await refuses(
    t,
    { servers: server.url },
    'remote/credentials',
    /set one of user, token, nkeys_seed, creds/,
  );
});

test('a token', async (t) => {
  const server = await serve(t, 'authorization { token: right-zebra }');
  await opens(t, server, { token: 'right-zebra' });
  const wrong = { servers: server.url, token: 'wrong-zebra' };
  await refuses(t, wrong, 'remote/credentials', /mend token/);
});

test('an nkey, its seed in the settings or in a file', async (t) => {
  const pair = keys.createUser();
  const seed = new TextDecoder().decode(pair.getSeed());
  const server = await serve(t, `authorization { users: [ { nkey: ${pair.getPublicKey()} } ] }`);
  const file = join(folder, 'user.nk');
  await writeFile(file, `${seed}\n`);
  await opens(t, server, { nkeys_seed: seed });
  await opens(t, server, { nkeys_seed: file });
  const other = new TextDecoder().decode(keys.createUser().getSeed());
  await refuses(t, { servers: server.url, nkeys_seed: other }, 'remote/credentials', /mend nkeys_seed/);
  await writeFile(file, 'no seed');
  await refuses(
    t,
    { servers: server.url, nkeys_seed: file },
    'remote/credentials',
    /nkeys_seed .* no user's seed/,
  );
});

test('a credentials file, read at each connect; one that has run out is told with its time', async (t) => {
  const authority = jwtAuthority();
  const server = await serve(t, authority.config);
  const creds = join(folder, 'user.creds');
  const settings = { servers: server.url, creds };
  await refuses(t, settings, 'remote/credentials', /creds names cannot be read \(ENOENT\)/);
  await writeFile(creds, authority.credentials(1_700_000_000));
  await refuses(t, settings, 'remote/credentials', /expired at 2023-11-14T22:13:20\.000Z: mend creds/);
  await writeFile(creds, jwtAuthority().credentials());
  await refuses(t, settings, 'remote/credentials', /refuses the credentials: mend creds/);
  await writeFile(creds, authority.credentials());
  await opens(t, server, { creds });
  await opens(t, server, { user_credentials: creds });
});

test('TLS: the authority is named, or its certificate is not trusted', async (t) => {
  const { ca, server: own } = certificates;
  const server = await serve(t, `tls { cert_file: "${own.certPath}", key_file: "${own.keyPath}" }`);
  await opens(t, server, { tls: { ca: ca.path } });
  await opens(t, server, { servers: server.url.replace('127.0.0.1', 'localhost'), tls: { ca: ca.path } });
  await refuses(
    t,
    { servers: server.url },
    'remote/certificate',
    /not trusted .*name its authority in tls\.ca/,
  );
  const elsewhere = { servers: server.url, tls: { ca: ca.path, hostname: 'other.invalid' } };
  await refuses(t, elsewhere, 'remote/certificate', /for another host/);
  const unread = { servers: server.url, tls: { ca: join(folder, 'none.pem') } };
  await refuses(t, unread, 'remote/certificate', /tls\.ca names cannot be read \(ENOENT\)/);
});

test('mutual TLS: our certificate is shown, or asked for', async (t) => {
  const { ca, server: own, client } = certificates;
  const files = `cert_file: "${own.certPath}", key_file: "${own.keyPath}", ca_file: "${ca.path}"`;
  const server = await serve(t, `tls { ${files}, verify: true }`);
  await opens(t, server, { tls: { ca: ca.path, cert: client.certPath, key: client.keyPath } });
  const without = { servers: server.url, tls: { ca: ca.path } };
  await refuses(
    t,
    without,
    'remote/certificate',
    /asks for a certificate of ours: set tls\.cert and tls\.key/,
  );
});

test('TLS asked for where there is none', async (t) => {
  const server = await serve(t);
  const settings = { servers: server.url, tls: { ca: certificates.ca.path } };
  await refuses(t, settings, 'remote/protocol', /offers no TLS: leave out tls/);
});

test('a host that is not known, a port at which nobody listens, one that is silent, one that is no NATS', async (t) => {
  const host = { servers: 'nats://no-such-host.invalid:4222' };
  await refuses(t, host, 'remote/unknown-host', /no-such-host\.invalid:4222 .*mend servers/);
  await refuses(t, { servers: '127.0.0.1:1' }, 'remote/unreachable', /127\.0\.0\.1:1 cannot be reached/);
  const silent = await listen(t, () => undefined);
  await refuses(t, { servers: silent }, 'remote/unreachable', /does not answer/);
  const other = await listen(t, (socket) => socket.write('220 mail.invalid ESMTP\r\n'));
  await refuses(t, { servers: other }, 'remote/protocol', /is no NATS server: mend servers/);
});

async function listen(
  t: ExecutionContext,
  greet: (socket: NodeJS.WritableStream) => unknown,
): Promise<string> {
  const server = createServer((socket) => {
    t.teardown(() => socket.destroy());
    socket.on('error', () => undefined);
    greet(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  // A server that listens on a port has an address of this form.
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('of several servers one that works is taken, wherever it stands in the list', async (t) => {
  const server = await serve(t);
  for (const servers of [
    ['127.0.0.1:1', server.url],
    [server.url, '127.0.0.1:1'],
  ]) {
    await opens(t, server, { servers, dont_randomize: true });
  }
});

test('a stream that is missing, and a server without JetStream', async (t) => {
  const streams = await serve(t, '', true);
  const missing = { servers: streams.url, subjects: undefined, stream: 'MISSING' };
  await refuses(t, missing, 'remote/unknown-stream', /has no stream MISSING \(stream\)/);
  const plain = await serve(t);
  await refuses(t, { ...missing, servers: plain.url }, 'remote/protocol', /has no JetStream/);
});

test('a subject that is not permitted ends the run with the setting', async (t) => {
  const user = '{ user: gateway, password: zebra, permissions: { subscribe: ["_INBOX.>"] } }';
  const server = await serve(t, `authorization { users: [ ${user} ] }`);
  const world = enter(t, { servers: server.url, subjects: 'in.secret', user: 'gateway', password: 'zebra' });
  const { run } = await world.start();
  const fault = await t.throwsAsync(run, { code: 'remote/forbidden' });
  t.regex(fault.message, /does not permit to subscribe to in\.secret: mend subjects/);
});

test('a password rotated under a connection: the server hangs up, and the next try says why', async (t) => {
  const own = join(folder, 'rotated');
  const pidFile = join(folder, 'rotated.pid');
  const config = `pid_file: "${pidFile}"\nauthorization { user: gateway, password: first-zebra }`;
  const server = await startNats({ config, jetStream: false, folder: own });
  t.teardown(() => server.remove());
  const world = enter(t, { servers: server.url, subjects: 'in.>', user: 'gateway', password: 'first-zebra' });
  const { run } = await world.start();
  const file = join(own, 'nats.conf');
  await writeFile(file, (await readFile(file, 'utf8')).replace('first-zebra', 'second-zebra'));
  await reload(pidFile);
  await t.throwsAsync(run, { code: 'remote/unreachable', message: /broke off/ });
  const rotated = { servers: server.url, user: 'gateway', password: 'first-zebra' };
  await refuses(t, rotated, 'remote/credentials', /mend user and password/);
  const mended = { servers: server.url, user: 'gateway', password: 'second-zebra' };
  await opens(t, server, mended);
});

/** The server reads its configuration again; its number is in the file that it was told to write. */
async function reload(pidFile: string): Promise<void> {
  process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGHUP');
}
