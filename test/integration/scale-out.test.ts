/** Several gateways on one JetStream: they share the work, each knows all, and what one leaves the others take up. */
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { connect, DiscardPolicy } from 'nats';
import { startNats, startNatsCluster } from '../brokers/nats.ts';
import type { NatsServer } from '../brokers/nats.ts';
import { spawnGateway, temporaryFolder } from '../running-gateway.ts';
import type { GatewayProcess } from '../running-gateway.ts';
import { definitionFor, settledWith, startFleet } from './jetstream-gateways.ts';
import { brokenJourneys, journeysOf, Ledger, message } from './ledger.ts';

const CONNECTIONS = 16;

async function natsFor(t: ExecutionContext): Promise<NatsServer> {
  const nats = await startNats();
  t.teardown(() => nats.remove());
  return nats;
}

/** A book for each, with keys of its own. */
function ledgersFor(gateways: readonly GatewayProcess[]): readonly Ledger[] {
  return gateways.map(() => new Ledger(`${randomUUID()}-`));
}

/** Loads a gateway until so many messages are acknowledged. */
async function loadOne(gateway: GatewayProcess, ledger: Ledger | undefined, enough: number): Promise<void> {
  await ledger?.load(gateway.url, CONNECTIONS, () => ledger.acknowledged.size >= enough);
}

/** Loads every gateway at once until each has had so many messages acknowledged. */
async function loadAll(gateways: readonly GatewayProcess[], each: number): Promise<readonly Ledger[]> {
  const ledgers = ledgersFor(gateways);
  await Promise.all(gateways.map((gateway, i) => loadOne(gateway, ledgers[i], each)));
  return ledgers;
}

function acknowledgedBy(ledgers: readonly Ledger[]): readonly string[] {
  return ledgers.flatMap(({ acknowledged }) => [...acknowledged.values()]);
}

for (const count of [2, 3]) {
  test(`${count} gateways share the work of one JetStream, and each shows the journeys of all`, async (t) => {
    const nats = await natsFor(t);
    const gateways = await startFleet(t, nats.url, count);
    const sent = acknowledgedBy(await loadAll(gateways, 500));
    t.is(new Set(sent).size, sent.length);
    for (const gateway of gateways) {
      await settledWith(gateway, sent.length);
      t.deepEqual(await brokenJourneys(gateway, sent), []);
      const listed = (await journeysOf(gateway)).map(({ data_id: dataId }) => dataId);
      t.deepEqual(listed.toSorted(), sent.toSorted());
    }
    const connection = await connect({ servers: nats.url });
    const jsm = await connection.jetstreamManager();
    const names = (await jsm.consumers.list('healthos').next()).map(({ name }) => name);
    await connection.close();
    t.is(names.filter((name) => name === 'validator').length, 1);
    t.is(names.filter((name) => /^journal-[0-9a-f]{12}$/.test(name)).length, count);
  });
}

test('the work of a gateway that is killed under load moves to the others, and nothing is lost or done twice', async (t) => {
  const nats = await natsFor(t);
  const gateways = await startFleet(t, nats.url, 3);
  const [victim, ...others] = gateways;
  if (victim === undefined) return t.fail();
  const doomed = new Ledger('doomed-');
  const ledgers = ledgersFor(others);
  const loads = others.map((gateway, i) => loadOne(gateway, ledgers[i], 2000));
  await doomed.load(victim.url, CONNECTIONS, () => {
    if (doomed.acknowledged.size >= 500) victim.kill('SIGKILL');
    return false;
  });
  await Promise.all(loads);
  const sent = [...doomed.acknowledged.values(), ...acknowledgedBy(ledgers)];
  t.true(doomed.acknowledged.size >= 500);
  for (const gateway of others) {
    // What was in flight there may be stored without having been acknowledged.
    await settledWith(gateway, sent.length);
    t.deepEqual(await brokenJourneys(gateway, sent), []);
    const listed = (await journeysOf(gateway)).map(({ data_id: dataId }) => dataId);
    t.is(new Set(listed).size, listed.length);
  }
});

test('a gateway that comes back after a kill knows what the others did meanwhile', async (t) => {
  const nats = await natsFor(t);
  const file = definitionFor(t, nats.url);
  const data = join(temporaryFolder(t), 'data');
  const [other] = await startFleet(t, nats.url, 1);
  const first = spawnGateway(t, { data, file });
  await first.ready();
  if (other === undefined) return t.fail();
  const before = acknowledgedBy(await loadAll([first, other], 100));
  first.kill('SIGKILL');
  await first.exited;
  const meanwhile = acknowledgedBy(await loadAll([other], 100));
  const again = spawnGateway(t, { data, file });
  await again.ready();
  await settledWith(again, before.length + meanwhile.length);
  t.deepEqual(await brokenJourneys(again, [...before, ...meanwhile]), []);
});

test('a server that is down at start is no reason to end: the gateway says so, and is ready when it comes', async (t) => {
  const nats = await natsFor(t);
  await nats.stop();
  const gateway = spawnGateway(t, {
    data: join(temporaryFolder(t), 'data'),
    file: definitionFor(t, nats.url),
  });
  await gateway.listening();
  const { status, reasons } = await readiness(gateway.url);
  t.is(status, 503);
  t.regex(reasons.join(' '), new RegExp(`127\\.0\\.0\\.1:${nats.port}`));
  const refused = await fetch(`${gateway.url}/ingress`, { method: 'POST', body: message('1') });
  t.is(refused.status, 503);
  t.truthy(refused.headers.get('Retry-After'));
  await nats.start();
  await gateway.ready();
  const ledger = new Ledger();
  t.true(await ledger.send(new Agent(), gateway.url, 'after'));
  await settledWith(gateway, 1);
  t.deepEqual(await brokenJourneys(gateway, ledger.acknowledged.values()), []);
});

test('a stream that somebody made otherwise keeps the gateway from being ready until it is mended', async (t) => {
  const nats = await natsFor(t);
  const connection = await connect({ servers: nats.url });
  t.teardown(() => connection.close());
  const jsm = await connection.jetstreamManager();
  await jsm.streams.add({ name: 'healthos', subjects: ['lfh.healthos.>'], max_age: 86_400e9 });
  const gateway = spawnGateway(t, {
    data: join(temporaryFolder(t), 'data'),
    file: definitionFor(t, nats.url, ', duplicate_window_s: 60'),
  });
  await gateway.listening();
  const { status, reasons } = await readiness(gateway.url);
  t.is(status, 503);
  t.regex(reasons.join(' '), /nats stream edit healthos --max-age=0s/);
  t.regex(reasons.join(' '), /--discard=new/);
  t.is((await jsm.streams.info('healthos')).config.max_age, 86_400e9);
  await jsm.streams.update('healthos', { max_age: 0, discard: DiscardPolicy.New, allow_direct: true });
  await gateway.ready();
});

test('the leader of a cluster is killed under load: nothing is lost, and the pause is told', async (t) => {
  const cluster = await startNatsCluster(3);
  t.teardown(() => cluster.remove());
  const gateways = await startFleet(t, cluster.url, 2, ', replicas: 3, publish_timeout_s: 10');
  const connection = await connect({ servers: cluster.url.split(',') });
  t.teardown(() => connection.close());
  const jsm = await connection.jetstreamManager();
  const { cluster: led } = await jsm.streams.info('healthos');
  const leader = cluster.servers.find(({ name }) => name === led?.leader);
  if (leader === undefined) return t.fail();
  const ledgers = ledgersFor(gateways);
  let killed: Promise<void> | undefined;
  const kill = (): Promise<void> => (killed ??= leader.kill());
  const pauses = await Promise.all(
    gateways.map((gateway, i) => longestPause(gateway, ledgers[i] ?? new Ledger(), 3000, kill)),
  );
  t.log(
    `longest pause between two acknowledgements: ${pauses.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(', ')}`,
  );
  const sent = acknowledgedBy(ledgers);
  for (const gateway of gateways) {
    await settledWith(gateway, sent.length);
    t.deepEqual(await brokenJourneys(gateway, sent), []);
  }
});

/** Loads the gateway, has `harm` done after a third, and answers the longest time without an acknowledgement. */
async function longestPause(
  gateway: GatewayProcess,
  ledger: Ledger,
  enough: number,
  harm: () => Promise<void>,
): Promise<number> {
  let [last, longest, seen] = [performance.now(), 0, 0];
  let harmed: Promise<void> = Promise.resolve();
  await ledger.load(gateway.url, CONNECTIONS, () => {
    const { size } = ledger.acknowledged;
    if (size > seen) {
      longest = Math.max(longest, performance.now() - last);
      [last, seen] = [performance.now(), size];
    }
    if (size > enough / 3) harmed = harm();
    return size >= enough;
  });
  await harmed;
  return longest;
}

async function readiness(
  url: string,
): Promise<{ readonly status: number; readonly reasons: readonly string[] }> {
  const answer = await fetch(`${url}/readyz`);
  // Told by the gateway; the tests look at what they read.
  const { reasons } = (await answer.json()) as { readonly reasons: readonly string[] };
  return { status: answer.status, reasons };
}
