/**
 * The store's thread. What arrives in one turn of its event loop, from all threads, is one commit; verdicts and
 * acknowledgements wait a little for the next message to be committed with.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Client } from './embedded/client.ts';
import { sqliteCode } from './embedded/database.ts';
import type {
  FromSupervisor,
  Request,
  StoreLink,
  StoreSettings,
  StoreState,
  ToSupervisor,
} from './embedded/protocol.ts';
import { Linger } from './embedded/linger.ts';
import { Store } from './embedded/store.ts';

/** Verdicts and acknowledgements wait for company: so long, or until they are so many. */
const COMPANY_MS = 5;
const COMPANY = 256;
const TICK_MS = 1000;
/** Where a commit stored so few messages, their senders are likely to send the next ones at once. */
const FEW = 16;
const MOST_IN_A_ROW = 32;
/** It looks so often into the lanes, some microseconds, before it looks at the ports, which costs more. */
const LOOKS = 200;

const settings = workerData as StoreSettings;
const clients = new Set<Client>();
const linger = new Linger();
let dueCommit: NodeJS.Immediate | undefined;
let companyTimer: NodeJS.Timeout | undefined;
let dueTimer: NodeJS.Timeout | undefined;
let collectAt = 0;
let toldState: StoreState | undefined;

const store = open();

function open(): Store | undefined {
  try {
    const opened = new Store(settings, Date.now());
    tell({ type: 'opened' });
    return opened;
  } catch (error) {
    tell({ type: 'unopened', code: sqliteCode(error) ?? null });
    parentPort?.close();
    return undefined;
  }
}

if (store !== undefined) serve(store);

function tell(message: ToSupervisor): void {
  parentPort?.postMessage(message);
}

function serve(store: Store): void {
  const ticker = setInterval(() => tick(store), TICK_MS);
  parentPort?.on('message', (message: FromSupervisor) => {
    if (message.type === 'join') {
      join(store, message.link);
      return;
    }
    clearInterval(ticker);
    end(store);
  });
  commitSoon(store);
}

function join(store: Store, link: StoreLink): void {
  const client = new Client(link, store.slabs, (request) => take(store, client, request));
  clients.add(client);
  link.port.on('close', () => {
    if (!clients.delete(client)) return;
    store.disconnect(client);
    commitSoon(store);
  });
  client.reply({ type: 'state', state: store.state });
  client.send();
}

function take(store: Store, client: Client, request: Request): void {
  switch (request.type) {
    case 'publish':
      store.publish(client, request.batch, request.messages);
      commitSoon(store);
      break;
    case 'answers':
      takeAnswers(store, client, request);
      break;
    case 'open':
      store.open(client, request.id, request.consumer, request.name, request.options);
      commitSoon(store);
      break;
    case 'leave':
      store.leave(client, request.id, request.consumer);
      commitSoon(store);
      break;
    case 'forget':
      store.forget(client, request.id, request.name);
      commitSoon(store);
      break;
    case 'get':
      store.get(client, request.id, request.seq);
      client.send();
      break;
    case 'status':
      client.reply({ type: 'status', id: request.id, counts: store.counts() });
      client.send();
      break;
  }
}

function takeAnswers(store: Store, client: Client, answers: Request & { type: 'answers' }): void {
  store.answer(client, answers, Date.now());
  const starves = answers.credit > 0 && (client.attachments.get(answers.consumer)?.untaken.length ?? 0) === 0;
  if (starves || answers.flush !== null || store.uncommitted >= COMPANY) {
    commitSoon(store);
    return;
  }
  companyTimer ??= setTimeout(() => commit(store), COMPANY_MS);
}

function commitSoon(store: Store): void {
  dueCommit ??= setImmediate(() => commit(store));
}

/** What comes meanwhile is committed next; after so many commits the event loop has its turn. */
function commit(store: Store): void {
  for (const client of clients) client.watch(true);
  let commits = 0;
  do {
    commitOnce(store);
    commits += 1;
    poll();
    if (store.storedLast > 0 && store.storedLast <= FEW) lingerForMore();
  } while (isCommitDue() && commits < MOST_IN_A_ROW);
  for (const client of clients) client.watch(false);
}

function hasPublished(): boolean {
  for (const client of clients) if (client.hasPublished) return true;
  return false;
}

function isCommitDue(): boolean {
  return dueCommit !== undefined;
}

/** Takes what has arrived from the clients already. */
function poll(): void {
  for (const client of clients) client.poll();
}

function commitOnce(store: Store): void {
  clearImmediate(dueCommit);
  dueCommit = undefined;
  clearTimeout(companyTimer);
  companyTimer = undefined;
  store.commit(Date.now());
  after(store);
}

function after(store: Store): void {
  if (store.state !== toldState) tellState(store);
  for (const client of clients) client.send();
  const now = Date.now();
  const goesOn = store.state.state === 'ready' && (store.isUrgent(now) || !store.isTidy);
  if (goesOn) commitSoon(store);
  wakeAt(store, store.nextDue(), now);
}

function tellState(store: Store): void {
  toldState = store.state;
  for (const client of clients) client.reply({ type: 'state', state: store.state });
}

function lingerForMore(): void {
  if (isCommitDue()) return;
  const end = linger.until();
  while (!isCommitDue() && performance.now() < end) {
    for (let looks = 0; looks < LOOKS && !hasPublished(); looks++);
    poll();
  }
  if (end > 0) linger.ended(isCommitDue());
}

/** Redeliveries come due without anybody asking. */
function wakeAt(store: Store, due: number, now: number): void {
  clearTimeout(dueTimer);
  if (due === Infinity) return;
  const wait = Math.min(Math.max(due - now, 1), 60_000);
  dueTimer = setTimeout(() => commit(store), wait);
}

function tick(store: Store): void {
  const now = Date.now();
  store.tidy();
  if (store.state.state === 'full') store.probe(now);
  else store.look(now);
  after(store);
  if (store.state.state === 'full' || !store.isTidy) commitSoon(store);
  if (now < collectAt) return;
  collectAt = now + settings.objectGraceMs;
  store.collectObjects(now).catch(() => undefined);
}

/** After the last commit nothing that was due may touch the store, which is closed. */
function end(store: Store): void {
  clearImmediate(dueCommit);
  clearTimeout(companyTimer);
  clearTimeout(dueTimer);
  store.close(Date.now());
  for (const client of clients) client.send();
  for (const client of clients) client.close();
  clients.clear();
  tell({ type: 'ended' });
  parentPort?.close();
}
