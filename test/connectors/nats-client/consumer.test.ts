import test from 'ava';
import { AckPolicy, DeliverPolicy, nanos, ReplayPolicy } from 'nats';
import type { ConsumerConfig } from 'nats';
import { differencesOf } from '../../../src/connectors/nats-client/consumer.ts';

const config = (more: Partial<ConsumerConfig> = {}): ConsumerConfig => ({
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  replay_policy: ReplayPolicy.Instant,
  ack_wait: nanos(30_000),
  max_ack_pending: 1000,
  max_deliver: -1,
  ...more,
});
const wanted = { stream: 'LAB', durable: 'reader' };

test('a consumer suits where only differs what the file does not say', (t) => {
  t.deepEqual(differencesOf(config(), wanted), []);
  t.deepEqual(differencesOf(config({ deliver_policy: DeliverPolicy.New }), wanted), []);
});

test('subjects are compared without their order, in both forms', (t) => {
  const two = config({ filter_subjects: ['a', 'b'] });
  t.deepEqual(differencesOf(two, { ...wanted, subjects: ['b', 'a'] }), []);
  t.deepEqual(differencesOf(config({ filter_subject: 'a' }), { ...wanted, subjects: ['a'] }), []);
  t.deepEqual(differencesOf(two, wanted), ['it reads a, b, and subjects says all subjects of the stream']);
});

test('each difference that matters is a sentence', (t) => {
  const found = differencesOf(config({ ack_policy: AckPolicy.All, max_deliver: 5 }), {
    ...wanted,
    ack_wait: 10,
    max_ack_pending: 20,
  });
  t.deepEqual(found, [
    'its ack_policy is all, not explicit',
    'it gives a message up after 5 deliveries (max_deliver)',
    'its ack_wait is 30 s, and the file says 10 s',
    'its max_ack_pending is 1000, and the file says 20',
  ]);
});
