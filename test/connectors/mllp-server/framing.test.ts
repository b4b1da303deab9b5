/** What comes over real sockets: whole frames, half ones, slow ones, large ones, junk. */
import { once } from 'node:events';
import test from 'ava';
import { isClaimCheck } from '../../../src/messages/envelope.ts';
import type { Receipt } from '../../../src/messages/envelope.ts';
import { framed, message } from './client.ts';
import { receiptOf, serve } from './serving.ts';

test('pipelined frames are stored at once, in their order, and answered in it whichever is stored first', async (t) => {
  const stored: ((receipt: Receipt) => void)[] = [];
  const { connect, delivered } = await serve(t, {
    deliver: () => new Promise((resolve) => stored.push(resolve)),
  });
  const sender = await connect();
  sender.send(message('1'), message('2'), message('3'));
  while (stored.length < 3) await new Promise(setImmediate);
  t.deepEqual(delivered, [message('1'), message('2'), message('3')]);
  for (const store of stored.toReversed()) store(receiptOf());
  t.deepEqual(await sender.answers(3), ['AA 1', 'AA 2', 'AA 3']);
});

test('frames in any pieces, from many senders at once, are never mixed', async (t) => {
  const { connect, delivered } = await serve(t);
  const one = async (name: string) => {
    const sender = await connect();
    const ids = Array.from({ length: 20 }, (_, index) => `${name}-${index}`);
    const bytes = Buffer.concat(ids.map((id) => framed(message(id))));
    for (let at = 0, step = 1; at < bytes.length; at += step, step = (step * 7) % 211) {
      sender.write(bytes.subarray(at, at + step));
      await new Promise(setImmediate);
    }
    t.deepEqual(
      await sender.answers(20),
      ids.map((id) => `AA ${id}`),
    );
  };
  const names = Array.from({ length: 10 }, (_, index) => `S${index}`);
  await Promise.all(names.map(one));
  const expected = names.flatMap((name) =>
    Array.from({ length: 20 }, (_, index) => message(`${name}-${index}`)),
  );
  t.deepEqual(delivered.toSorted(), expected.toSorted());
});

test('more frames than may be owed at once are all answered', async (t) => {
  const { connect } = await serve(t);
  const sender = await connect();
  const ids = Array.from({ length: 1000 }, (_, index) => `${index}`);
  sender.send(...ids.map((id) => message(id)));
  t.deepEqual(
    await sender.answers(1000),
    ids.map((id) => `AA ${id}`),
  );
});

test('CR, LF and NUL between frames are passed over and counted', async (t) => {
  const { connect, session, log } = await serve(t);
  const sender = await connect();
  sender.write('\r\n\0', framed(message('1')), '\r', framed(message('2')));
  t.deepEqual(await sender.answers(2), ['AA 1', 'AA 2']);
  await session.end();
  await sender.closed;
  t.like(
    log.find(({ msg }) => msg === 'mllp.connection-closed'),
    { messages: 2, ignored_bytes: 4 },
  );
});

const faults = {
  'junk between frames': ['SECRET', 'mllp/framing'],
  'a frame that begins within another': ['\x0bMSH|SECRET\x0bMSH|^~\\&|', 'mllp/framing'],
  HTTP: ['POST / HTTP/1.1\r\nHost: secret\r\n\r\n', 'mllp/framing'],
  'a TLS handshake': ['\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', 'mllp/framing'],
} as const;

for (const [what, [bytes, code]] of Object.entries(faults)) {
  test(`${what}: what came before is answered, and the connection is closed, which is reported`, async (t) => {
    const { connect, refused, delivered, log } = await serve(t);
    const sender = await connect();
    sender.write(Buffer.concat([framed(message('1')), Buffer.from(bytes, 'latin1')]), framed(message('2')));
    t.deepEqual(await sender.answers(2), ['AA 1', undefined]);
    await sender.closed;
    t.deepEqual(refused, [code]);
    t.is(delivered.length, 1);
    t.like(
      log.find(({ msg }) => msg === 'mllp.connection-refused'),
      { code, messages: 1 },
    );
    t.notRegex(JSON.stringify(log), /secret/i);
  });
}

test('a sender that ends its side after its message is answered', async (t) => {
  const { connect } = await serve(t);
  const sender = await connect();
  sender.socket.end(framed(message('1')));
  t.is(await sender.answer(), 'AA 1');
  await sender.closed;
});

test('a sender that goes away within a frame leaves nothing but a report', async (t) => {
  const { connect, refused, delivered } = await serve(t);
  for (const leave of ['end', 'resetAndDestroy'] as const) {
    const sender = await connect();
    sender.write('\x0bMSH|^~\\&|A');
    await new Promise(setImmediate);
    if (leave === 'end') sender.socket.end();
    else sender.socket.resetAndDestroy();
    await sender.closed;
  }
  while (refused.length < 2) await new Promise(setImmediate);
  t.deepEqual(refused, ['mllp/framing', 'mllp/framing']);
  t.is(delivered.length, 0);
});

test('a frame that does not end within its time is given up, however it trickles', async (t) => {
  const { connect, refused } = await serve(t, { config: { frame_timeout: 0.1 } });
  const sender = await connect();
  sender.write('\x0bMSH');
  const trickle = setInterval(() => sender.write('A'), 10);
  t.is(await sender.answer(), undefined);
  await sender.closed;
  clearInterval(trickle);
  t.deepEqual(refused, ['request/timeout']);
});

test('a connection on which nothing comes is closed, and no message is counted for it', async (t) => {
  const { connect, refused } = await serve(t, { config: { idle_timeout: 0.1 } });
  const sender = await connect();
  t.is(await sender.answer(), undefined);
  t.deepEqual(refused, []);
});

test('a message beyond max_bytes is answered AE before its end, and the connection is closed', async (t) => {
  const { connect, session, refused, delivered } = await serve(t, { config: { max_bytes: 1000 } });
  const sender = await connect();
  sender.write(framed(message('1')), `\x0b${message('2')}`, 'A'.repeat(2000));
  t.is(await sender.answer(), 'AA 1');
  const reply = (await sender.next()) ?? '';
  t.regex(reply, /\rMSA\|AE\|2\rERR\|.*\|E\|request\/too-large\|\|\|.*max_bytes/);
  t.is(await sender.answer(), undefined);
  await sender.closed;
  await session.end();
  t.deepEqual(refused, ['request/too-large']);
  t.is(delivered.length, 1);
});

test('a message of max_bytes is taken, and one beyond what memory holds goes to the object store, in its turn', async (t) => {
  const large = message('2') + 'A'.repeat(3_000_000);
  const { connect, arrivals } = await serve(t, { config: { max_bytes: large.length } });
  const sender = await connect();
  sender.send(message('1'), large, message('3'));
  t.deepEqual(await sender.answers(3), ['AA 1', 'AA 2', 'AA 3']);
  const [, body] = arrivals.map((arrival) => arrival.body);
  t.true(body !== undefined && isClaimCheck(body) && body.size === large.length);
  t.is(
    body !== undefined && isClaimCheck(body) ? Buffer.from(body.head).toString() : '',
    large.slice(0, 4096),
  );
  const digest = body !== undefined && isClaimCheck(body) ? Buffer.from(body.sha256, 'hex') : Buffer.alloc(0);
  t.is(arrivals[1]?.sourceKey, `LAB|NORTH|2|${digest.toString('base64url')}`);
});

test('an empty frame is answered AE, and nothing is stored', async (t) => {
  const { connect, refused, delivered } = await serve(t);
  const sender = await connect();
  sender.send('', message('1'));
  t.deepEqual(await sender.answers(2), ['AE ', 'AA 1']);
  t.deepEqual(refused, ['request/empty-body']);
  t.is(delivered.length, 1);
});

test('connections up to the limit are served, one beyond it is closed, and its place is free again afterwards', async (t) => {
  const { connect, log } = await serve(t, { config: { max_connections: 50 } });
  const senders = await Promise.all(Array.from({ length: 50 }, () => connect()));
  const beyond = await connect();
  t.is(await beyond.answer(), undefined);
  const answers = senders.map(async (sender, index) => {
    sender.send(message(`${index}`));
    return sender.answer();
  });
  t.deepEqual(
    await Promise.all(answers),
    senders.map((_, index) => `AA ${index}`),
  );
  t.is(log.filter(({ msg }) => msg === 'mllp.too-many-connections').length, 1);
  senders[0]?.close();
  for (;;) {
    const next = await connect();
    next.send(message('again'));
    if ((await next.answer()) === 'AA again') break;
  }
});

test('beyond the rate limit a sender waits, and everything is taken in its order', async (t) => {
  const { connect, delivered } = await serve(t, { rateLimit: { per_second: 200, burst: 1 } });
  const sender = await connect();
  const ids = Array.from({ length: 10 }, (_, index) => `${index}`);
  sender.send(...ids.map((id) => message(id)));
  t.deepEqual(
    await sender.answers(10),
    ids.map((id) => `AA ${id}`),
  );
  t.deepEqual(
    delivered,
    ids.map((id) => message(id)),
  );
});

test('when it stops, what was taken is answered, half a frame is dropped, and the connections end', async (t) => {
  const stored = Promise.withResolvers<Receipt>();
  const { connect, session, delivered, refused } = await serve(t, { deliver: () => stored.promise });
  const [busy, half, idle] = await Promise.all([connect(), connect(), connect()]);
  busy.send(message('1'));
  half.write('\x0bMSH|^~\\&|A');
  await session.arrived;
  const ended = session.end();
  await Promise.all([half.closed, idle.closed]);
  stored.resolve(receiptOf());
  t.is(await busy.answer(), 'AA 1');
  await ended;
  t.is(delivered.length, 1);
  t.deepEqual(refused, []);
});

test('a sender that is gone when its message is stored does no harm', async (t) => {
  const stored = Promise.withResolvers<Receipt>();
  const { connect, session } = await serve(t, { deliver: () => stored.promise });
  const sender = await connect();
  sender.send(message('1'), message('2'));
  await session.arrived;
  sender.socket.resetAndDestroy();
  await once(sender.socket, 'close');
  stored.resolve(receiptOf());
  await session.end();
  t.pass();
});
