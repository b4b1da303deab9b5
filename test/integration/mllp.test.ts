/** MllpServer in the real process: others' clients, kills, thousands of connections, garbage, and what an operator does. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { acknowledged, message, Sender } from '../connectors/mllp-server/client.ts';
import { sendWithHapi, sendWithPython } from '../peers/mllp-peers.ts';
import { eventually, spawnGateway, temporaryFolder } from '../running-gateway.ts';
import { journeysOf } from './ledger.ts';
import { command, definitionOf, mllpWorld, MllpLedger, startMllp, statusOf } from './mllp-world.ts';

/** Good enough for HAPI's default rules and ours. */
function admission(controlId: string, { version = '2.5.1', rest = '', birth = '19700101' } = {}): string {
  return (
    `MSH|^~\\&|LAB|NORTH|EHR|SOUTH|20260301120000||ADT^A01^ADT_A01|${controlId}|P|${version}${rest}\r` +
    `EVN|A01|20260301120000\rPID|1||4711^^^NORTH^MR||DOE^JANE||${birth}|F\rPV1|1|I\r`
  );
}

test('messages of mllp_send, python-hl7, are stored and acknowledged', async (t) => {
  const world = await mllpWorld(t);
  const gateway = await startMllp(t, world);
  const file = join(temporaryFolder(t), 'messages.hl7');
  writeFileSync(file, ['P1', 'P2', 'P3'].map((id) => admission(id)).join(''));
  const printed = await sendWithPython(world.port, file);
  t.deepEqual(
    [...printed.matchAll(/MSA\|(AA\|P\d)/g)].map(([, told]) => told),
    ['AA|P1', 'AA|P2', 'AA|P3'],
  );
  await gateway.settled();
  t.deepEqual(
    (await journeysOf(gateway)).map(({ state }) => state),
    ['valid', 'valid', 'valid'],
  );
});

test("HAPI's client reads every answer: AA, AE with ERR, in version 2.3, and CA", async (t) => {
  const world = await mllpWorld(t, { ack: 'validated' });
  await startMllp(t, world);
  const folder = temporaryFolder(t);
  const messages = [
    admission('H1'),
    // HAPI itself does not look into a date of birth before it sends it.
    admission('H2', { birth: '19700141' }),
    admission('H3', { version: '2.3' }),
    admission('H4', { rest: '|||AL|NE' }),
    admission('H5').replace('LAB', 'LÄB'),
  ];
  const files = messages.map((text, index) => {
    const file = join(folder, `${index}.hl7`);
    writeFileSync(file, text);
    return file;
  });
  const answers = await sendWithHapi(world.port, files);
  t.deepEqual(
    answers.map((line) => line.replace(/\d+$/, (errors) => (errors === '0' ? 'none' : 'some'))),
    ['AA H1 ACK none', 'AE H2 ACK some', 'AA H3 ACK none', 'CA H4 ACK none', 'AA H5 ACK none'],
  );
});

test('five kills in the middle of pipelined messages lose none that was acknowledged, and double none', async (t) => {
  const world = await mllpWorld(t);
  const ledger = new MllpLedger();
  for (let kill = 0; kill < 5; kill++) {
    const gateway = await startMllp(t, world);
    const mark = ledger.acknowledged.size + 100 + kill * 50;
    const load = ledger.load(world.port, 32, () => {
      if (ledger.acknowledged.size >= mark) gateway.kill('SIGKILL');
      return false;
    });
    await gateway.exited;
    await load;
  }
  const gateway = await startMllp(t, world);
  await ledger.load(world.port, 32, () => true);
  await gateway.settled();
  const found = (await journeysOf(gateway)).map(({ data_id }) => data_id.replaceAll('-', '').slice(-19));
  const told = [...ledger.acknowledged.values()].map((id) => id.slice(1).toLowerCase());
  t.is(ledger.open.size, 0);
  t.deepEqual(ledger.wrong, []);
  t.deepEqual(found.toSorted(), told.toSorted(), 'a journey for each message, and no other');
  t.log(`${told.length} messages acknowledged over 5 kills`);
});

test('thousands of connections are served up to the limit, and one beyond it is closed', async (t) => {
  const world = await mllpWorld(t, { max_connections: 3000 });
  const gateway = await startMllp(t, world);
  const senders: Sender[] = [];
  t.teardown(() => senders.forEach((sender) => sender.close()));
  // In hundreds: a listener's queue of those that wait to be accepted is no longer than some hundreds.
  for (let hundred = 0; hundred < 30; hundred++) {
    senders.push(...(await Promise.all(Array.from({ length: 100 }, () => Sender.to(world.port)))));
  }
  const beyond = await Sender.to(world.port);
  t.is(await beyond.answer(), undefined);
  const answers = await Promise.all(
    senders.map((sender, index) => {
      sender.send(message(`C${index}`));
      return sender.answer();
    }),
  );
  t.deepEqual(
    answers,
    senders.map((_, index) => `AA C${index}`),
  );
  const { counts } = await gateway.settled();
  t.is(counts.total, 3000);
});

test('garbage of every kind, over many connections, costs nothing but those connections', async (t) => {
  const world = await mllpWorld(t, { max_bytes: 100_000, frame_timeout: 1 });
  const gateway = await startMllp(t, world);
  const bytes = Array.from({ length: 300 }, (_, index) =>
    index % 3 === 0
      ? randomBytes(2000)
      : index % 3 === 1
        ? Buffer.concat([Buffer.of(0x0b), randomBytes(200_000)])
        : Buffer.from('\x0bMSH|^~\\&|never ends'),
  );
  const all = bytes.map(async (each) => {
    const sender = await Sender.to(world.port);
    sender.write(each);
    await sender.closed;
  });
  const good = await Sender.to(world.port);
  good.send(message('G1'));
  t.is(await good.answer(), 'AA G1');
  await Promise.all(all);
  good.send(message('G2'));
  t.is(await good.answer(), 'AA G2');
  t.true(await gateway.isReady());
  t.is((await gateway.stop()).code, 0);
});

test('paused, stopped and started by an operator: never a false answer', async (t) => {
  const world = await mllpWorld(t);
  const gateway = await startMllp(t, world);
  const open = await Sender.to(world.port);
  await command(gateway, 'pause');
  open.send(message('1'));
  t.is(await open.answer(), undefined);
  await command(gateway, 'resume');
  const resumed = await Sender.to(world.port);
  resumed.send(message('1'));
  t.is(await resumed.answer(), 'AA 1');
  await command(gateway, 'stop');
  await resumed.closed;
  await t.throwsAsync(Sender.to(world.port), { code: 'ECONNREFUSED' });
  await command(gateway, 'start');
  const started = await Sender.to(world.port);
  started.send(message('1'));
  t.is(acknowledged((await started.next()) ?? ''), 'AA 1', 'sent again, and answered as before');
  const { counts } = await gateway.settled();
  t.is(counts.total, 1);
});

test('a port that is taken is waited for, and a certificate that is missing is told', async (t) => {
  const world = await mllpWorld(t);
  const other = createServer().listen(world.port, '127.0.0.1');
  const gateway = spawnGateway(t, { data: world.data, file: world.file });
  await gateway.listening();
  const waiting = await eventually('the connector to wait', async () => {
    const status = await statusOf(gateway);
    return status.state === 'backoff' ? status : undefined;
  });
  t.is(waiting.reason?.code, 'listen/address-taken');
  t.regex(waiting.reason?.message ?? '', /end it, or set another port/);
  other.close();
  await eventually('the connector to run', async () =>
    (await statusOf(gateway)).state === 'running' ? true : undefined,
  );
  writeFileSync(
    world.file,
    definitionOf({ port: world.port, tls: { cert: '/no/cert.pem', key: '/no/key.pem' } }),
  );
  await command(gateway, 'restart');
  const failed = await eventually('the connector to fail', async () => {
    const status = await statusOf(gateway);
    return status.substate === 'failed' ? status : undefined;
  });
  t.is(failed.reason?.code, 'listen/certificate');
  t.regex(failed.reason?.message ?? '', /tls\.cert .*ENOENT/);
  t.true(await gateway.isReady(), 'the gateway runs on');
});
