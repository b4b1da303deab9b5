/** The table of faults, without a server: what the client throws, and what is told of it. */
import test from 'ava';
import { NatsError } from 'nats';
import { HealthosError } from '../../src/errors.ts';
import { asNatsFault, busSide, connectorSide, describeServers, natsFault } from '../../src/nats/faults.ts';

const place = {
  side: connectorSide,
  server: 'nats.invalid:4222',
  identity: ['user', 'password'],
  stream: 'LAB',
  durable: 'reader',
};

const coded = (code: string, cause?: unknown) =>
  Object.assign(new Error('secret words', { cause }), { code });
const api = (code: number) =>
  Object.assign(new NatsError('api', `${code}`), {
    api_error: { err_code: code, code: 404, description: '' },
  });
const permission = (subject: string, operation = 'subscription') =>
  Object.assign(new NatsError('denied', 'PERMISSIONS_VIOLATION'), {
    permissionContext: { subject, operation },
  });

const table: readonly (readonly [unknown, string, string, RegExp])[] = [
  [new NatsError('x', 'AUTHORIZATION_VIOLATION'), 'remote/credentials', 'fix', /mend user and password/],
  [new NatsError('x', 'AUTHENTICATION_EXPIRED'), 'remote/credentials', 'fix', /have expired/],
  [
    new NatsError('User Authentication Revoked', 'NATS_PROTOCOL_ERR'),
    'remote/credentials',
    'fix',
    /no longer/,
  ],
  [permission('adt.in'), 'remote/forbidden', 'fix', /subscribe to adt\.in: mend subjects/],
  [permission('$JS.API.STREAM.INFO.LAB', 'publish'), 'remote/forbidden', 'fix', /which JetStream needs/],
  [permission('_INBOX.secret.1'), 'remote/forbidden', 'fix', /inboxes \(_INBOX\.>\)/],
  [api(10059), 'remote/unknown-stream', 'retry', /no stream LAB \(stream\)/],
  [api(10014), 'remote/unknown-consumer', 'retry', /no consumer reader \(durable\)/],
  [api(10039), 'remote/protocol', 'fix', /has no JetStream/],
  [coded('ENOTFOUND'), 'remote/unknown-host', 'retry', /mend servers/],
  [coded('EAI_AGAIN'), 'remote/unknown-host', 'retry', /name service/],
  [
    new NatsError('x', 'CONNECTION_REFUSED', coded('ECONNREFUSED')),
    'remote/unreachable',
    'retry',
    /ECONNREFUSED/,
  ],
  [coded('ECONNRESET'), 'remote/unreachable', 'retry', /cannot be reached/],
  [new NatsError('x', 'TIMEOUT'), 'remote/unreachable', 'retry', /does not answer/],
  [new DOMException('x', 'TimeoutError'), 'remote/unreachable', 'retry', /does not answer/],
  [undefined, 'remote/unreachable', 'retry', /broke off/],
  [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'remote/certificate', 'fix', /authority in tls\.ca/],
  [
    new Error('outer', { cause: coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE') }),
    'remote/certificate',
    'fix',
    /tls\.ca/,
  ],
  [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'remote/certificate', 'fix', /another host/],
  [coded('CERT_HAS_EXPIRED'), 'remote/certificate', 'fix', /not valid now/],
  [coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'remote/certificate', 'fix', /tls\.cert and tls\.key/],
  [coded('ERR_OSSL_PEM_NO_START_LINE'), 'remote/certificate', 'fix', /cannot be used/],
  [coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'remote/protocol', 'fix', /do not agree on TLS/],
  [new NatsError('tls', 'SERVER_OPT_NA'), 'remote/protocol', 'fix', /leave out tls/],
];

for (const [thrown, code, kind, words] of table) {
  const name = thrown instanceof Error ? `${thrown.name} ${String(Reflect.get(thrown, 'code'))}` : 'nothing';
  test(`${name} is ${code}, matching ${String(words)}`, (t) => {
    const fault = asNatsFault(thrown, place);
    t.like(fault, { code, kind });
    t.regex(fault.message, words);
    t.notRegex(fault.message, /secret/);
  });
}

test('what only time or the other end mends asks for the longest wait', (t) => {
  for (const thrown of [api(10059), api(10014), coded('ENOTFOUND')])
    t.is(asNatsFault(thrown, place).retryAfter, Infinity);
  t.is(asNatsFault(coded('ECONNREFUSED'), place).retryAfter, undefined);
});

test('the bus has codes and settings of its own', (t) => {
  const fault = asNatsFault(new NatsError('x', 'AUTHORIZATION_VIOLATION'), { ...place, side: busSide });
  t.is(fault.code, 'bus/credentials');
  t.regex(fault.message, /mend app\.messaging\.user and app\.messaging\.password/);
  t.regex(asNatsFault(coded('ENOTFOUND'), { ...place, side: busSide }).message, /mend app\.messaging\.url/);
});

test('an error of ours passes through', (t) => {
  const ours = new HealthosError('bus/full', 'No room.');
  t.is(asNatsFault(ours, place), ours);
  t.is(natsFault('forbidden', 'No.', connectorSide).code, 'remote/forbidden');
});

test('servers are described without user, password and token', (t) => {
  const servers = ['nats://user:zebra@a.invalid:4222', 'zebra@b.invalid', 'tls://c.invalid'];
  t.is(describeServers(servers), 'nats://a.invalid:4222, b.invalid, tls://c.invalid');
});
