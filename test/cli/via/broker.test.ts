import test from 'ava';
import { connectionFault, readAddress } from '../../../src/cli/via/broker.ts';

const nats = { scheme: 'nats', at: '127.0.0.1:4222' };

test('a broker may be typed as host, as host and port, or as a URL; several have commas between them', (t) => {
  const servers = (to?: string) => readAddress({ via: 'nats', ...(to && { to }) }, nats).servers;
  t.deepEqual(servers(), ['127.0.0.1:4222']);
  t.deepEqual(servers('broker'), ['broker:4222']);
  t.deepEqual(servers('nats://one:1, two:2,[::1]:3'), ['one:1', 'two:2', '[::1]:3']);
});

test('credentials may stand in the URL, and options win over them', (t) => {
  const to = 'nats://ann:p%40ss@broker';
  t.like(readAddress({ via: 'nats', to }, nats), { user: 'ann', password: 'p@ss', servers: ['broker:4222'] });
  t.like(readAddress({ via: 'nats', to, user: 'bob', password: 'q' }, nats), { user: 'bob', password: 'q' });
});

test('TLS is asked for by tls://', (t) => {
  t.deepEqual(readAddress({ via: 'nats', to: 'tls://broker' }, nats).tls, {});
  t.is(readAddress({ via: 'nats', to: 'nats://broker' }, nats).tls, undefined);
});

test('an address that is none is refused without being repeated: a password may stand in it', (t) => {
  for (const to of [
    'http://ann:hunter2@broker',
    'nats://ann:hunter2@broker/path',
    'nats://ann:hunter2@',
    'a b',
  ]) {
    const error = t.throws(() => readAddress({ via: 'nats', to }, nats));
    t.regex(error.message, /^--to must be the host and port of a broker/);
  }
  t.throws(() => readAddress({ via: 'nats', to: 'nats://ann:%zz@broker' }, nats), {
    message: /^--to has a %/,
  });
  t.throws(() => readAddress({ via: 'nats', ca: 'no/such/file' }, nats), { message: /--ca .*ENOENT/ });
});

test('what the network says is told with the option to mend', (t) => {
  const thrown = (code: string) => new Error('outer', { cause: Object.assign(new Error('inner'), { code }) });
  t.is(connectionFault(thrown('ENOTFOUND')), 'There is no such host: check --to');
  t.is(connectionFault(thrown('ECONNREFUSED')), 'Nothing listens there: check --to');
  t.regex(connectionFault(thrown('DEPTH_ZERO_SELF_SIGNED_CERT')) ?? '', /name its authority with --ca/);
  t.regex(connectionFault(thrown('ERR_SSL_WRONG_VERSION_NUMBER')) ?? '', /leave out tls:\/\//);
  t.is(connectionFault(new Error('anything')), undefined);
});
