import test from 'ava';
import { schema } from '../../../src/connectors/nats-client/config.ts';
import { overlap, strangers } from '../../../src/connectors/nats-client/subjects.ts';

const check = (config: object): { value?: unknown; error?: Error | undefined } => schema.validate(config);
const accepts = (config: object) => schema.validate(config, { abortEarly: false }).error === undefined;

test('the settings of the seed’s demo are enough', (t) => {
  const { value, error } = check({
    servers: ['nats://localhost:4224'],
    subjects: ['healthy-data'],
  });
  t.is(error, undefined);
  t.like(value, {
    servers: ['nats://localhost:4224'],
    subjects: ['healthy-data'],
    connect_timeout: 2,
  });
});

test('one server and one subject need no list', (t) => {
  const { value } = check({ servers: 'nats://localhost', subjects: 'adt.>' });
  t.like(value, { servers: ['nats://localhost'], subjects: ['adt.>'] });
});

test('subjects or a stream are needed; what belongs to the one is refused beside the other', (t) => {
  t.false(accepts({}));
  t.true(accepts({ stream: 'LAB' }));
  t.true(accepts({ stream: 'LAB', durable: 'reader', ack_wait: '30s', subjects: 'lab.>' }));
  t.false(accepts({ subjects: 'lab.>', durable: 'reader' }));
  t.false(accepts({ subjects: 'lab.>', ack_wait: '30s' }));
  t.false(accepts({ stream: 'LAB', queue_group: 'pair' }));
});

test('names and subjects that NATS does not know are refused', (t) => {
  for (const subjects of ['a b', 'a..b', '.a', 'a.', 'a.>.b', 'a*', ''])
    t.false(accepts({ subjects }), subjects);
  for (const subjects of ['a', '*.b', 'a.*.c', '>', 'a.>', 'übung.1'])
    t.true(accepts({ subjects }), subjects);
  t.false(accepts({ stream: 'a.b' }));
  t.false(accepts({ stream: 'LAB', durable: 'a b' }));
  t.false(accepts({ subjects: 'a', servers: 'http://localhost:4222' }));
});

test('subjects must not overlap, since what matches two of them would come twice', (t) => {
  t.false(accepts({ subjects: ['adt.*', 'adt.in'] }));
  t.true(accepts({ subjects: ['adt.in', 'adt.out'] }));
  t.true(overlap(['a.>', 'a.b.c']));
  t.true(overlap(['*.b', 'a.*']));
  t.false(overlap(['a.*', 'a.b.c']));
  t.false(overlap(['a.>', 'a']));
});

test('subjects that a stream cannot hold are found, whatever wildcards stand on either side', (t) => {
  t.deepEqual(strangers(['lab.in', 'lab.>', '*.in', 'adt.in', 'lab'], ['lab.*', 'x.>']), ['adt.in', 'lab']);
  t.deepEqual(strangers([], ['lab.*']), []);
});
