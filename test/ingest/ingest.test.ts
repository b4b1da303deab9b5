import test from 'ava';
import type { MessageBus, OutgoingMessage, Stored, StoredMessage } from '../../src/bus/message-bus.ts';
import { subjects } from '../../src/bus/subjects.ts';
import { HealthosError } from '../../src/errors.ts';
import { createIngest } from '../../src/ingest/ingest.ts';
import { header } from '../../src/messages/envelope.ts';

const hl7 = new TextEncoder().encode('MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5\rPID|1\r');

/** A bus of which only `publish` and `get` are asked; the rest is not there, so that a use of it fails. */
function busWith(part: Pick<MessageBus, 'publish'> & Partial<Pick<MessageBus, 'get'>>): MessageBus {
  return part as MessageBus;
}

test('a stored message is answered with its id and format', async (t) => {
  const published: OutgoingMessage[] = [];
  const ingest = createIngest(
    busWith({
      publish(message) {
        published.push(message);
        return Promise.resolve({ seq: 1, duplicate: false });
      },
    }),
  );
  const receipt = await ingest('rest', { body: hl7, contentType: 'text/plain', principal: 'ops' });
  t.is(receipt.format, 'hl7v2');
  t.is(receipt.contentType, 'application/hl7-v2');
  t.false(receipt.duplicate);
  const [message] = published;
  t.is(message?.subject, subjects.ingress);
  t.deepEqual(message?.body, hl7);
  t.is(message?.headers[header.dataId], receipt.dataId);
  t.is(message?.headers[header.connector], 'rest');
  t.is(message?.headers[header.principal], 'ops');
});

test('a bus that fails gives no receipt', async (t) => {
  const failure = new HealthosError('bus/full', 'The disk is full.');
  const ingest = createIngest(busWith({ publish: () => Promise.reject(failure) }));
  t.is(await t.throwsAsync(ingest('rest', { body: hl7 })), failure);
});

test('a bus that hangs gives no receipt, however long it takes', async (t) => {
  const ingest = createIngest(busWith({ publish: () => new Promise<Stored>(() => undefined) }));
  let answered = false;
  void ingest('rest', { body: hl7 }).then(() => (answered = true));
  await new Promise((resolve) => setImmediate(resolve));
  t.false(answered);
});

test('a bus that answers late gives the receipt only then', async (t) => {
  let store: (stored: Stored) => void = () => undefined;
  const ingest = createIngest(busWith({ publish: () => new Promise((resolve) => (store = resolve)) }));
  const order: string[] = [];
  const receipt = ingest('rest', { body: hl7 }).then(() => order.push('receipt'));
  await new Promise((resolve) => setImmediate(resolve));
  order.push('stored');
  store({ seq: 1, duplicate: false });
  await receipt;
  t.deepEqual(order, ['stored', 'receipt']);
});

function busHolding(first: Partial<StoredMessage>): MessageBus {
  const message: StoredMessage = {
    seq: 7,
    subject: subjects.ingress,
    headers: {},
    body: hl7,
    storedAt: 0,
    ...first,
  } as StoredMessage;
  return busWith({
    publish: () => Promise.resolve({ seq: 7, duplicate: true }),
    get: () => Promise.resolve(message),
  });
}

const firstHeaders = {
  [header.dataId]: '01980000-0000-7000-8000-000000000001',
  [header.format]: 'hl7v2',
  [header.contentType]: 'application/hl7-v2',
};

test('a duplicate is answered with the first one’s id', async (t) => {
  const receipt = await createIngest(busHolding({ headers: firstHeaders }))('rest', {
    body: hl7,
    sourceKey: 'k',
  });
  t.deepEqual(receipt, {
    dataId: '01980000-0000-7000-8000-000000000001',
    format: 'hl7v2',
    contentType: 'application/hl7-v2',
    duplicate: true,
  });
});

test('another body under the same key is refused', async (t) => {
  const ingest = createIngest(busHolding({ headers: firstHeaders }));
  const error = await t.throwsAsync(ingest('rest', { body: new Uint8Array([1]), sourceKey: 'k' }));
  t.is(error instanceof HealthosError ? error.code : undefined, 'request/key-reused');
});

test('bodies that went by claim check are compared by their hash', async (t) => {
  const claim = { ref: 'r', size: 300_000, sha256: 'aa', head: hl7 };
  const ingest = createIngest(busHolding({ headers: { ...firstHeaders, [header.bodySha256]: 'aa' } }));
  t.true((await ingest('rest', { body: claim, sourceKey: 'k' })).duplicate);
  const error = await t.throwsAsync(ingest('rest', { body: { ...claim, sha256: 'bb' }, sourceKey: 'k' }));
  t.is(error instanceof HealthosError ? error.code : undefined, 'request/key-reused');
});
