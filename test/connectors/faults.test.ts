/** What a chain of causes says of the network. */
import test from 'ava';
import { causeChain, codesOf, networkFault, networkFaultOfCode } from '../../src/connectors/faults.ts';

function coded(code: string, cause?: unknown): Error {
  return Object.assign(new Error('synthetic', { cause }), { code });
}

test('the code of the operating system is found however deep it lies', (t) => {
  const thrown = new Error('no broker', {
    cause: new Error('not connected', { cause: coded('ECONNREFUSED') }),
  });
  t.deepEqual(networkFault(thrown), { fault: 'unreachable', code: 'ECONNREFUSED' });
});

test('a ring of causes ends, and a chain without end is cut', (t) => {
  const ring = new Error('one');
  ring.cause = new Error('other', { cause: ring });
  t.is(causeChain(ring).length, 2);
  let deep: unknown = coded('ENOTFOUND');
  for (let level = 0; level < 100; level += 1) deep = new Error('level', { cause: deep });
  t.is(causeChain(deep).length, 16);
  t.is(networkFault(deep), undefined);
});

test('each address that was tried counts', (t) => {
  const thrown = new AggregateError([coded('ENETUNREACH'), coded('ECONNREFUSED')], 'all failed');
  t.deepEqual(codesOf(thrown), ['ENETUNREACH', 'ECONNREFUSED']);
});

test('what is not an error, or has no code, says nothing of the network', (t) => {
  for (const thrown of [undefined, null, 'text', { code: 'ECONNREFUSED' }, new Error('none')]) {
    t.is(networkFault(thrown), undefined);
  }
  t.is(networkFault(Object.assign(new Error("numbers are protocols' own"), { code: 3 })), undefined);
});

const told = {
  'unknown-host': ['ENOTFOUND', 'EAI_AGAIN'],
  certificate: [
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'ERR_OSSL_PEM_NO_START_LINE',
  ],
  protocol: ['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'],
  unreachable: ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE'],
} as const;

for (const [fault, codes] of Object.entries(told)) {
  test(`of ${fault} speak ${codes.join(', ')}`, (t) => {
    for (const code of codes) t.is(String(networkFaultOfCode(code)), fault, code);
  });
}
