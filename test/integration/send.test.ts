/** `healthos send` to real brokers: what it transmits, and what it reports. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Kafka, logLevel } from 'kafkajs';
import { connect } from 'nats';
import { startKafka } from '../brokers/kafka.ts';
import { startNats } from '../brokers/nats.ts';
import { documents, healthos } from '../cli/cli.ts';
import { temporaryFolder } from '../running-gateway.ts';

const large = 2_000_000;

test('payloads reach a stream byte for byte, each acknowledged with its position', async (t) => {
  const server = await startNats();
  t.teardown(() => server.remove());
  const connection = await connect({ servers: server.url });
  t.teardown(() => connection.close());
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: 'kept', subjects: ['kept.>'], max_msg_size: 500_000 });
  const folder = temporaryFolder(t);
  const bytes = randomBytes(400_000);
  writeFileSync(join(folder, '1.hl7'), bytes);
  writeFileSync(join(folder, '2'), randomBytes(600_000));
  writeFileSync(join(folder, '3'), randomBytes(large));
  const send = ['send', folder, '--via', 'nats', '--to', server.url, '--json', '--subject', 'kept.a'];

  const { status, stdout, stderr } = await healthos(send);

  t.is(status, 1, 'two of them were refused');
  t.is(stderr, '');
  const [first, second, third] = documents(stdout);
  t.like(first, {
    state: 'stored',
    subject: 'kept.a',
    stream: 'kept',
    seq: 1,
    duplicate: false,
    detail: null,
  });
  t.like(second, { state: 'failed', seq: null });
  t.regex(String(second?.['detail']), /The stream refuses it: message size exceeds maximum allowed/);
  t.regex(String(third?.['detail']), /larger \(2\.0 MB\) than the server's max_payload of 1\.0 MB/);
  const stored = await manager.streams.getMessage('kept', { seq: 1 });
  t.deepEqual(Buffer.from(stored.data), bytes);
  t.is(stored.header.get('Content-Type'), 'application/hl7-v2');
});

test('a core subject is published to, and said not to be acknowledged', async (t) => {
  const server = await startNats({
    jetStream: false,
    config:
      'authorization { users = [{ user: ann, password: "p@ss", permissions: { publish: { deny: "closed.>" } } }] }',
  });
  t.teardown(() => server.remove());
  const to = server.url.replace('//', '//ann:p%40ss@');
  const send = ['send', '--sample', 'hl7v2-adt-a01', '--via', 'nats'];

  const open = await healthos([...send, '--to', to, '--subject', 'open.a']);
  t.is(open.status, 0);
  t.regex(open.stdout, /^published {2}open\.a .*published, not acknowledged/);

  const closed = await healthos([...send, '--to', to, '--subject', 'closed.a']);
  t.is(closed.status, 1);
  t.regex(
    closed.stdout,
    /^failed {2}closed\.a .*This user may not publish there: check --subject and --user/,
  );

  const wrong = await healthos([...send, '--to', server.url, '--user', 'ann', '--password', 'hunter2']);
  t.is(wrong.status, 1);
  t.regex(wrong.stderr, /refuses the user, password or token: check --user and --password/);
  t.notRegex(wrong.stderr + wrong.stdout, /hunter2/);
});

test('payloads reach a topic byte for byte, each reported with partition and offset', async (t) => {
  const broker = await startKafka();
  t.teardown(() => broker.remove());
  await broker.createTopic('kept');
  const folder = temporaryFolder(t);
  const bytes = randomBytes(400_000);
  writeFileSync(join(folder, '1.hl7'), bytes);
  writeFileSync(join(folder, '2'), randomBytes(large));
  const send = ['send', folder, '--via', 'kafka', '--to', broker.plain, '--json', '--topic'];

  const { status, stdout, stderr } = await healthos([...send, 'kept']);

  t.is(status, 1, 'one of them was refused');
  t.is(stderr, '');
  const [first, second] = documents(stdout);
  t.like(first, { state: 'stored', topic: 'kept', partition: 0, offset: '0', detail: null });
  t.regex(String(second?.['detail']), /larger \(2\.0 MB\) than the broker's message\.max\.bytes/);
  const [message] = await readTopic(broker.plain, 'kept');
  t.deepEqual(message?.value, bytes);
  t.is(String(message?.headers?.['content-type']), 'application/hl7-v2');

  const nowhere = await healthos([...send, 'nowhere']);
  t.is(nowhere.status, 1);
  t.regex(String(documents(nowhere.stdout)[0]?.['detail']), /knows no topic nowhere: check --topic/);
});

test('what a Kafka broker refuses is told with the option to mend, never with a password', async (t) => {
  const broker = await startKafka();
  t.teardown(() => broker.remove());
  await broker.createTopic('kept');
  const send = (to: string, ...more: string[]) =>
    healthos(['send', '--sample', 'hl7v2-adt-a01', '--via', 'kafka', '--topic', 'kept', '--to', to, ...more]);

  const scram = ['--user', 'u', '--sasl', 'scram-sha-512'];
  t.is((await send(broker.saslPlain, ...scram, '--password', 'p')).status, 0);
  const wrong = await send(broker.saslPlain, ...scram, '--password', 'hunter2');
  t.regex(wrong.stderr, /refuses the user or password: check --user and --password/);
  t.notRegex(wrong.stderr + wrong.stdout, /hunter2/);
  t.regex((await send(broker.saslPlain)).stdout, /it may ask for --user/);
  t.is((await send(broker.ssl, '--ca', broker.ca.path)).status, 0);
  t.regex((await send(`tls://${broker.ssl}`)).stderr, /name its authority with --ca/);
});

async function readTopic(broker: string, topic: string) {
  const consumer = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).consumer({
    groupId: 'reader',
  });
  const taken = Promise.withResolvers<{ value: Buffer | null; headers?: Record<string, unknown> }>();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      taken.resolve(message);
      return Promise.resolve();
    },
  });
  const message = await taken.promise;
  await consumer.disconnect();
  return [message];
}
