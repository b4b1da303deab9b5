/** Where an MllpServer listens: TLS with and without certificates of clients, and every fault in words. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { mllpServer } from '../../../src/connectors/mllp-server/index.ts';
import { HealthosError } from '../../../src/errors.ts';
import { brokerCertificates } from '../../brokers/certificates.ts';
import { freePorts } from '../../brokers/ports.ts';
import { selfSigned } from '../../http/certificate.ts';
import { contextOf } from '../contract-world.ts';
import { message } from './client.ts';
import { serve } from './serving.ts';

function temporaryFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'healthos-mllp-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function connectFault(t: ExecutionContext, config: object): Promise<HealthosError> {
  const checked = mllpServer.schema.validate(config);
  if (checked.error) throw checked.error;
  const connector = mllpServer.create(checked.value, contextOf(undefined).context);
  t.teardown(() => connector.close());
  const thrown = await t.throwsAsync(connector.connect(new AbortController().signal));
  if (!(thrown instanceof HealthosError)) throw thrown;
  return thrown;
}

test('with client_ca only a sender whose authority is known is served', async (t) => {
  const { ca, server, client } = await brokerCertificates(temporaryFolder(t));
  const tls = { cert: server.certPath, key: server.keyPath, client_ca: ca.path };
  const { connect, log } = await serve(t, { config: { tls } });
  const known = await connect({ ca: ca.pem, cert: client.cert, key: client.key, servername: 'localhost' });
  known.send(message('1'));
  t.is(await known.answer(), 'AA 1');
  const foreign = selfSigned('someone');
  for (const identity of [{}, { cert: foreign.cert, key: foreign.key }]) {
    const sender = await connect({ ca: ca.pem, servername: 'localhost', ...identity });
    sender.send(message('2'));
    t.is(await sender.answer(), undefined);
  }
  t.is(log.filter(({ msg }) => msg === 'mllp.tls-refused').length, 2);
});

test('without client_ca any sender is served, by TLS only', async (t) => {
  const { ca, server } = await brokerCertificates(temporaryFolder(t));
  const { connect } = await serve(t, { config: { tls: { cert: server.certPath, key: server.keyPath } } });
  const sender = await connect({ ca: ca.pem, servername: 'localhost' });
  sender.send(message('1'));
  t.is(await sender.answer(), 'AA 1');
  const plain = await connect();
  plain.send(message('2'));
  t.is(await plain.answer(), undefined);
});

test('a sender that stops in its handshake does not keep the connector from ending', async (t) => {
  const { server } = await brokerCertificates(temporaryFolder(t));
  const { connect, session } = await serve(t, {
    config: { tls: { cert: server.certPath, key: server.keyPath } },
  });
  const silent = await connect();
  const ended = session.end();
  await ended;
  silent.close();
  t.pass();
});

test('a file that cannot be used is named, and has to be mended', async (t) => {
  const folder = temporaryFolder(t);
  const { server, client } = await brokerCertificates(folder);
  const text = join(folder, 'text');
  writeFileSync(text, 'no certificate');
  const [cert, key] = [server.certPath, server.keyPath];
  const faults = [
    [{ cert: join(folder, 'none'), key }, /tls\.cert names cannot be read \(ENOENT\)/],
    [{ cert, key: text }, /tls\.key names is no PEM file/],
    [{ cert, key: client.keyPath }, /tls\.cert and tls\.key hold no certificate and key that go together/],
    [{ cert, key, client_ca: text }, /tls\.client_ca names is no PEM file/],
  ] as const;
  for (const [tls, words] of faults) {
    const error = await connectFault(t, { port: 0, tls });
    t.is(error.code, 'listen/certificate');
    t.is(error.kind, 'fix');
    t.regex(error.message, words);
  }
});

test('a port that is taken is tried again, and told with what to do', async (t) => {
  const port = await freePorts(1);
  const other = createServer().listen(port, '127.0.0.1');
  t.teardown(() => other.close());
  const error = await connectFault(t, { port });
  t.like(error, { code: 'listen/address-taken', kind: 'retry' });
  t.regex(error.message, /127\.0\.0\.1:\d+: end it, or set another port/);
});

test('a host that is unknown, or of another machine, is tried again after the longest wait', async (t) => {
  for (const host of ['no-such-host.invalid', '192.0.2.1']) {
    const error = await connectFault(t, { host, port: 0 });
    t.like(error, { code: 'listen/address-unusable', kind: 'retry', retryAfter: Infinity });
    t.regex(error.message, /Set host to an address of this machine/);
  }
});
