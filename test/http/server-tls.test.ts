/** HTTPS, and certificates of clients. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { TlsDefinition } from '../../src/config/definition.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { selfSigned } from './certificate.ts';
import { quiet } from './ingress-fixture.ts';

const gateway = selfSigned('gateway');
const lab = selfSigned('lab');
const stranger = selfSigned('stranger');

async function start(t: ExecutionContext, tls: TlsDefinition): Promise<string> {
  const server = createHttpServer({ host: '127.0.0.1', port: 0, log: quiet, tls });
  server.use((context) => {
    context.body = 'hello';
  });
  t.teardown(() => server.close());
  return (await server.listen()).url;
}

function get(url: string, options: https.RequestOptions): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = https.get(url, { ca: gateway.cert, agent: false, ...options }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    request.on('error', reject);
  });
}

test('With a certificate the server speaks HTTPS, and says so in its address', async (t) => {
  const url = await start(t, gateway);
  t.regex(url, /^https:\/\/127\.0\.0\.1:\d+$/);
  t.is(await get(url, {}), 200);
});

test('Certificate and key may be files', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'healthos-tls-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const tls = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  await writeFile(tls.cert, gateway.cert);
  await writeFile(tls.key, gateway.key);
  t.is(await get(await start(t, tls), {}), 200);
});

test('With an authority for clients only those it vouches for come in', async (t) => {
  const url = await start(t, { ...gateway, client_ca: lab.cert });
  t.is(await get(url, lab), 200);
  await t.throwsAsync(get(url, {}));
  await t.throwsAsync(get(url, stranger));
});

test('A key that does not belong to the certificate is a mistake in the configuration', async (t) => {
  const server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    log: quiet,
    tls: { cert: gateway.cert, key: lab.key },
  });
  t.like(await t.throwsAsync(server.listen()), { code: 'config/invalid' });
});
