/** The table of faults, by chains of causes as the client was seen to throw them. */
import test from 'ava';
import type { HealthosError } from '../../../src/errors.ts';
import type { KafkaConsumerConfig } from '../../../src/connectors/kafka-consumer/config.ts';
import { faultOf, isAmbiguous } from '../../../src/connectors/kafka-consumer/faults.ts';
import { kafkaConsumer } from '../../../src/connectors/kafka-consumer/index.ts';

const config = kafkaConsumer.schema.validate({
  bootstrap_servers: 'kafka.example.org:9092',
  group_id: 'healthos',
  topics: 'adt',
  security_protocol: 'SASL_SSL',
  sasl_plain_username: 'reader',
  sasl_plain_password: 'synthetic-secret',
}).value as KafkaConsumerConfig;

function thrown(name: string, fields: Readonly<Record<string, unknown>> = {}, cause?: unknown): Error {
  return Object.assign(new Error('synthetic', { cause }), { name, ...fields });
}
const exceeded = (cause: Error) => thrown('KafkaJSNumberOfRetriesExceeded', { retriable: false }, cause);
const protocol = (type: string) => thrown('KafkaJSProtocolError', { type, retriable: true });
const connection = (code: string) =>
  thrown('KafkaJSConnectionError', { code, broker: 'kafka.example.org:9092' });

type Expected = Pick<HealthosError, 'code' | 'kind'> & { readonly retryAfter?: number };

const rows: readonly (readonly [string, Error, Expected, string])[] = [
  [
    'a dead broker, which the client calls final',
    exceeded(connection('ECONNREFUSED')),
    { code: 'remote/unreachable', kind: 'retry' },
    'bootstrap_servers',
  ],
  [
    'an unknown host',
    exceeded(connection('ENOTFOUND')),
    { code: 'remote/unknown-host', kind: 'retry', retryAfter: Infinity },
    'kafka.example.org:9092',
  ],
  [
    'an untrusted certificate',
    exceeded(connection('DEPTH_ZERO_SELF_SIGNED_CERT')),
    { code: 'remote/certificate', kind: 'fix' },
    'ssl_cafile',
  ],
  [
    'a certificate for another host',
    exceeded(connection('ERR_TLS_CERT_ALTNAME_INVALID')),
    { code: 'remote/certificate', kind: 'fix' },
    'bootstrap_servers',
  ],
  [
    'a certificate of ours that is wanted',
    exceeded(connection('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')),
    { code: 'remote/certificate', kind: 'fix' },
    'ssl_certfile',
  ],
  [
    'no TLS at the other end',
    exceeded(connection('ERR_SSL_WRONG_VERSION_NUMBER')),
    { code: 'remote/protocol', kind: 'fix' },
    'security_protocol',
  ],
  [
    'a wrong password',
    thrown('KafkaJSSASLAuthenticationError'),
    { code: 'remote/credentials', kind: 'fix' },
    'sasl_plain_username reader',
  ],
  [
    'no password where one is wanted',
    protocol('ILLEGAL_SASL_STATE'),
    { code: 'remote/protocol', kind: 'fix' },
    'security_protocol',
  ],
  [
    'a mechanism that is not offered',
    protocol('UNSUPPORTED_SASL_MECHANISM'),
    { code: 'remote/protocol', kind: 'fix' },
    'sasl_mechanism',
  ],
  [
    'an unknown topic, which the client calls worth a try',
    protocol('UNKNOWN_TOPIC_OR_PARTITION'),
    { code: 'remote/unknown-topic', kind: 'retry', retryAfter: Infinity },
    'topics adt',
  ],
  [
    'a topic that may not be read',
    protocol('TOPIC_AUTHORIZATION_FAILED'),
    { code: 'remote/forbidden', kind: 'fix' },
    'topics adt',
  ],
  [
    'a group that may not be used',
    protocol('GROUP_AUTHORIZATION_FAILED'),
    { code: 'remote/forbidden', kind: 'fix' },
    'group_id healthos',
  ],
  [
    'a session that is too short',
    protocol('INVALID_SESSION_TIMEOUT'),
    { code: 'config/invalid', kind: 'fix' },
    'session_timeout_ms',
  ],
  [
    'a broker that keeps silent',
    thrown('KafkaJSRequestTimeoutError'),
    { code: 'remote/unreachable', kind: 'retry' },
    'request_timeout_ms',
  ],
  [
    'a group without a coordinator',
    thrown('KafkaJSGroupCoordinatorNotFound'),
    { code: 'remote/unreachable', kind: 'retry' },
    'group_id',
  ],
];

for (const [title, error, { code, kind, retryAfter }, names] of rows) {
  test(`${title}: ${code}, and the sentence names ${names}`, (t) => {
    const fault = faultOf(error, config);
    t.is(fault.code, code);
    t.is(fault.kind, kind);
    t.is(fault.retryAfter, retryAfter);
    t.true(fault.message.includes(names), fault.message);
    t.false(fault.message.includes('synthetic-secret'));
  });
}

test('a connection that ends while the password is shown is no wrong password', (t) => {
  const error = thrown('KafkaJSSASLAuthenticationError');
  error.message = 'SASL PLAIN authentication failed: Connection closed by the server';
  t.is(faultOf(error, config).code, 'remote/unreachable');
});

test('where only a connection ended, a look at the listener may tell; where it was refused, not', (t) => {
  t.true(isAmbiguous(faultOf(thrown('KafkaJSConnectionClosedError'), config)));
  t.false(isAmbiguous(faultOf(exceeded(connection('ECONNREFUSED')), config)));
});

test('what the client never throws is our bug', (t) => {
  t.is(faultOf(new TypeError('synthetic'), config).code, 'internal/bug');
});
