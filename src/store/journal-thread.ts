/** What runs in the journal's thread: the file, its projection, those who follow it, and the questions put to it. */
import type { MessagePort } from 'node:worker_threads';
import { Burst } from '../burst.ts';
import type { MessageBus } from '../bus/message-bus.ts';
import { asHealthosError, describeThrown, HealthosError } from '../errors.ts';
import { Desk } from './desk.ts';
import { follow, joinStream } from './follow.ts';
import { Followers } from './followers.ts';
import { discardJournalFile, isDamage, type JournalFile, makeAnew, openJournalFile } from './journal-file.ts';
import { JournalLog } from './journal-log.ts';
import type { FromJournal, JournalThreadData, Question, ToJournal } from './journal-protocol.ts';
import { Journeys } from './journeys.ts';
import { Lookout } from './lookout.ts';
import { type Batch, Projection } from './projection.ts';
import { Told } from './told.ts';
import { Totals } from './totals.ts';

/**
 * Resolves when it was told to stop and everything is written down. Rejects where it cannot go on; a damaged file is then
 * gone, and the next thread makes a new one.
 */
export async function runJournal(data: JournalThreadData, bus: MessageBus, port: MessagePort): Promise<void> {
  const log = new JournalLog(data.log);
  try {
    await serve(data, bus, port, log);
  } catch (thrown) {
    if (isDamage(thrown)) discardJournalFile(data.file);
    log.say('error', 'journal.failed', { err: describeThrown(thrown) });
    throw thrown;
  } finally {
    await log.close();
    await bus.close();
  }
}

async function serve(
  data: JournalThreadData,
  bus: MessageBus,
  port: MessagePort,
  log: JournalLog,
): Promise<void> {
  const { state, reason, lastSeq } = await bus.status();
  // What the bus holds is not known then, and the file must not be judged by it.
  if (state === 'unavailable')
    throw new HealthosError('bus/unavailable', reason ?? 'The bus cannot be reached.');
  const file = await openFor(bus, data.file, lastSeq);
  const told = new Told(data.told, lastSeq);
  const service = new Service({ file, bus, port, log, told, burst: new Burst(data.burst) });
  try {
    await service.run();
  } finally {
    file.database.close();
  }
}

/** A file of another bus is worth nothing: its position is beyond the end, or another message lies there. */
async function openFor(bus: MessageBus, path: string, lastSeq: number): Promise<JournalFile> {
  const file = openJournalFile(path);
  const last = file.position > 0 ? await bus.get(file.position) : undefined;
  const foreign = file.position > lastSeq || (last !== undefined && last.storedAt !== file.positionStoredAt);
  if (!foreign) return file;
  file.database.close();
  return makeAnew(path);
}

interface ServiceParts {
  readonly file: JournalFile;
  readonly bus: MessageBus;
  readonly port: MessagePort;
  readonly log: JournalLog;
  readonly told: Told;
  readonly burst: Burst;
}

class Service {
  readonly #bus: MessageBus;
  readonly #port: MessagePort;
  readonly #log: JournalLog;
  readonly #told: Told;
  readonly #burst: Burst;
  readonly #projection: Projection;
  readonly #totals = new Totals();
  readonly #followers: Followers;
  readonly #lookout: Lookout;
  readonly #desk: Desk;
  readonly #stopping = new AbortController();
  #failure: Error | undefined;

  constructor({ file, bus, port, log, told, burst }: ServiceParts) {
    this.#bus = bus;
    this.#port = port;
    this.#log = log;
    this.#told = told;
    this.#burst = burst;
    const journeys = new Journeys(file.database);
    const { signal } = this.#stopping;
    this.#projection = new Projection(file);
    this.#followers = new Followers(journeys, (message) => this.#say(message));
    this.#lookout = new Lookout(bus, this.#projection, () => this.#say({ type: 'caughtUp' }), signal);
    const status = () => ({ state: this.#lookout.state, position: this.#projection.position });
    this.#desk = new Desk({ database: file.database, journeys, totals: this.#totals, status });
  }

  async run(): Promise<void> {
    const consumer = await joinStream(this.#bus, this.#projection);
    this.#port.on('message', (message: ToJournal) => this.#attempt(() => this.#hear(message)));
    this.#say({ type: 'ready' });
    await this.#lookout.begin();
    const options = {
      projection: this.#projection,
      burst: this.#burst,
      onBatch: (batch: Batch) => this.#tell(batch),
      isListening: () => this.#followers.isListening,
      onDelay: (thrown: unknown) => this.#log.say('warn', 'journal.waits', { err: describeThrown(thrown) }),
    };
    await follow(consumer, options, this.#stopping.signal);
    if (this.#failure !== undefined) throw this.#failure;
  }

  #tell(batch: Batch): void {
    const applied = this.#told.news(batch.applied);
    this.#followers.tell(batch.applied, applied);
    for (const each of applied) this.#totals.add(each);
    this.#log.tell({ applied, strays: batch.strays });
  }

  #hear(message: ToJournal): void {
    switch (message.type) {
      case 'ask':
        void this.#answer(message.id, message.question);
        break;
      case 'await':
        this.#followers.await(message.dataIds);
        break;
      case 'forget':
        this.#followers.forget(message.dataIds);
        break;
      case 'watch':
        this.#followers.watched = message.on;
        break;
      case 'stop':
        this.#stopping.abort();
    }
  }

  async #answer(id: number, question: Question): Promise<void> {
    try {
      this.#say({ type: 'answer', id, answer: await this.#desk.answer(question) });
    } catch (thrown) {
      const { code, message } = refusalFor(thrown);
      this.#say({ type: 'refusal', id, code, message });
      if (isDamage(thrown)) this.#fail(thrown);
    }
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  /** Ends the thread; its supervisor starts another. */
  #fail(thrown: unknown): void {
    this.#failure = thrown instanceof Error ? thrown : asHealthosError(thrown);
    this.#stopping.abort();
  }

  #say(message: FromJournal): void {
    this.#port.postMessage(message);
  }
}

function refusalFor(thrown: unknown): HealthosError {
  if (thrown instanceof HealthosError) return thrown;
  return new HealthosError('journal/unavailable', 'The journal could not be read. Try again in a moment.');
}
