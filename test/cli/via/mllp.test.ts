/** `healthos send --via mllp`: what it transmits, and what it reports. */
import { createServer } from 'node:net';
import { join } from 'node:path';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { randomBytes } from 'node:crypto';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { HealthosError } from '../../../src/errors.ts';
import { freePorts } from '../../brokers/ports.ts';
import { brokerCertificates } from '../../brokers/certificates.ts';
import { message } from '../../connectors/mllp-server/client.ts';
import { judged, receiptOf, serve } from '../../connectors/mllp-server/serving.ts';
import { documents, healthos } from '../cli.ts';

function folderOf(t: ExecutionContext, files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'healthos-send-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

const to = (port: number, ...more: string[]) => ['--via', 'mllp', '--to', `127.0.0.1:${port}`, ...more];

test('payloads arrive byte for byte, each reported with its acknowledgement', async (t) => {
  const bytes = Buffer.from(randomBytes(5000).filter((byte) => byte !== 0x0b && byte !== 0x1c));
  const odd = Buffer.concat([Buffer.from(message('ÄÖ', '||||||8859/1'), 'latin1'), bytes]);
  const folder = folderOf(t, { '1.hl7': odd, '2.hl7': 'PID|1', '3.hl7': message('3', '|||AL|NE') });
  const { port, arrivals } = await serve(t);
  const { status, stdout, stderr } = await healthos(['send', folder, '--json', ...to(port)]);
  t.is(stderr, '');
  t.is(status, 1, 'one of them was not accepted');
  const [first, second, third] = documents(stdout);
  t.like(first, { state: 'AA', codes: ['AA'], control_id: 'ÄÖ', detail: null, issues: [] });
  t.like(second, { state: 'AE', control_id: '' });
  t.like(third, { state: 'CA', control_id: '3' });
  t.deepEqual(Buffer.from((arrivals[0]?.body ?? []) as Uint8Array), odd);
});

test('what an acknowledgement finds wrong is shown, and with --wait both of its answers', async (t) => {
  const folder = folderOf(t, { 'a.hl7': message('1', '|||AL|AL') });
  const { port } = await serve(t, { verdict: () => Promise.resolve(judged('invalid')) });
  const { status, stdout } = await healthos(['send', folder, ...to(port, '--wait')]);
  t.is(status, 1);
  t.regex(stdout, /^AE {2}CA before {2}1 {2}/);
  t.regex(
    stdout,
    /PID-3 {2}hl7v2\/required-field\s+PID-3 is missing\. \(HL7 table 0357: 101 Required field missing\)/,
  );
});

test('a message that asks for no answer is sent, and said not to be acknowledged', async (t) => {
  const folder = folderOf(t, { 'a.hl7': message('1', '|||NE|NE'), 'b.hl7': message('2') });
  const { port, delivered } = await serve(t);
  const { status, stdout } = await healthos(['send', folder, '--json', ...to(port)]);
  t.is(status, 0);
  t.like(documents(stdout)[0], { state: 'sent', codes: [] });
  t.like(documents(stdout)[1], { state: 'AA', control_id: '2' });
  t.is(delivered.length, 2);
});

test('count and concurrency: so many messages over so many connections, each answered', async (t) => {
  const { port, delivered, arrivals } = await serve(t);
  const send = ['send', '--sample', 'hl7v2-adt-a01', '--count', '100', '--concurrency', '4', ...to(port)];
  const { status, stdout } = await healthos(send);
  t.is(status, 0);
  t.regex(stdout, /100 messages sent: 100 × CA, \d+\/s/);
  t.is(delivered.length, 100);
  t.is(new Set(arrivals.map(({ source }) => source?.['Healthos-Source-Peer'])).size, 4);
});

test('a receiver that refuses without a word is reported, and the next message goes over a new connection', async (t) => {
  let tries = 0;
  const { port } = await serve(t, {
    deliver() {
      tries += 1;
      return tries === 1
        ? Promise.reject(new HealthosError('bus/full', 'Full.'))
        : Promise.resolve(receiptOf());
    },
  });
  const folder = folderOf(t, { 'a.hl7': message('1'), 'b.hl7': message('2') });
  const { status, stdout } = await healthos(['send', folder, ...to(port)]);
  t.is(status, 1);
  t.regex(stdout, /^failed {2}.*a\.hl7.*There was no answer: it may be stored, or not\.\nAA {2}2 {2}/);
});

test('a payload that would be more than one frame is not sent', async (t) => {
  const folder = folderOf(t, { 'a.hl7': `\x0b${message('1')}\x1c\r`, 'b.hl7': message('2') });
  const { port, delivered } = await serve(t);
  const { status, stdout } = await healthos(['send', folder, ...to(port)]);
  t.is(status, 1);
  t.regex(stdout, /^failed {2}.*a\.hl7.*nothing was sent\.\nAA {2}2 {2}/);
  t.is(delivered.length, 1);
});

test('where nothing listens, or nobody speaks TLS, it says what to mend', async (t) => {
  const send = (...more: string[]) => healthos(['send', '--sample', 'hl7v2-adt-a01', ...more]);
  const nowhere = await send(...to(await freePorts(1)));
  t.is(nowhere.status, 1);
  t.regex(nowhere.stderr, /cannot be used: Nothing listens there: check --to\./);
  const deaf = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  t.teardown(() => deaf.close());
  const address = deaf.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const broken = await send('--via', 'mllp', '--to', `tls://127.0.0.1:${port}`);
  t.is(broken.status, 1);
  t.regex(broken.stderr, /cannot be used: /);
  t.regex((await send(...to(port, '--key', 'k'))).stderr, /--cert and --key go together/);
});

test('TLS with a certificate of its own', async (t) => {
  const { ca, server, client } = await brokerCertificates(folderOf(t, {}));
  const tls = { cert: server.certPath, key: server.keyPath, client_ca: ca.path };
  const { port } = await serve(t, { config: { tls } });
  const identity = ['--ca', ca.path, '--cert', client.certPath, '--key', client.keyPath];
  const { status, stdout } = await healthos(['send', '--sample', 'hl7v2-adt-a01', ...to(port, ...identity)]);
  t.regex(stdout, /^CA {2}/);
  t.is(status, 0);
});
