/** Hands messages out to the clients of the durable consumers, and takes their answers. */
import type { Client } from './client.ts';
import type { OpenMessage } from './consumer-state.ts';
import type { ConsumerTable, DurableConsumer } from './consumer-table.ts';
import { NO_BYTES, packRows } from './packing.ts';
import type { RowToPack } from './packing.ts';
import type { Answers } from './protocol.ts';
import type { Row, Stream } from './stream.ts';

/** One client of a durable consumer. */
export interface Attachment {
  readonly id: number;
  readonly consumer: DurableConsumer;
  readonly client: Client;
  /** The number by which the client knows the consumer. */
  readonly channel: number;
  /** How many deliveries it waits for; none once it got some. */
  credit: number;
  /** Positions on their way to the reader, in order: their ack wait has not begun. */
  readonly untaken: number[];
}

/** So many rows and bytes go to one client with one commit at most. */
const MAX_ROWS = 512;
const MAX_BYTES = 8 * 1024 * 1024;

/** What was handed out within a transaction: sent once that is committed, else taken back. */
export interface HandedOut {
  send(): void;
  undo(): void;
}

export class Desk {
  readonly #consumers: ConsumerTable;
  readonly #stream: Stream;
  readonly #attachments = new Map<DurableConsumer, Attachment[]>();
  /** Called with each message that had its last delivery. */
  readonly #onSpent: (consumer: DurableConsumer, message: OpenMessage) => void;
  #lastId = 0;

  constructor(
    consumers: ConsumerTable,
    stream: Stream,
    onSpent: (consumer: DurableConsumer, message: OpenMessage) => void,
  ) {
    this.#consumers = consumers;
    this.#stream = stream;
    this.#onSpent = onSpent;
    for (const consumer of consumers.all()) this.#spend(consumer, consumer.state.spent());
  }

  attach(client: Client, channel: number, consumer: DurableConsumer): void {
    const attachment = { id: ++this.#lastId, consumer, client, channel, credit: 0, untaken: [] };
    client.attachments.set(channel, attachment);
    const others = this.#attachments.get(consumer);
    if (others === undefined) this.#attachments.set(consumer, [attachment]);
    else others.push(attachment);
  }

  /** The client has closed the consumer (orderly) or is gone: what it had is available again at once. */
  detach(attachment: Attachment, orderly: boolean): void {
    const { client, channel, consumer, id } = attachment;
    client.attachments.delete(channel);
    const left = this.#attachments.get(consumer)?.filter((other) => other !== attachment) ?? [];
    this.#attachments.set(consumer, left);
    this.#spend(consumer, consumer.state.release(id, orderly));
  }

  /** The consumer begins anew as another one: nobody is served from the old one any more. */
  forget(consumer: DurableConsumer): void {
    for (const { client, channel } of this.#attachments.get(consumer) ?? [])
      client.attachments.delete(channel);
    this.#attachments.delete(consumer);
  }

  /** Takes a client's answers but for the forwards. */
  answer(attachment: Attachment, answers: Answers, now: number): void {
    const { state } = attachment.consumer;
    attachment.credit += answers.credit;
    for (const seq of attachment.untaken.splice(0, answers.taken)) state.taken(seq, attachment.id, now);
    for (const seq of answers.acks) state.ack(seq);
    for (const [seq, attempt] of answers.progress) state.inProgress(seq, attempt, now);
    for (const [seq, attempt, delayMs] of answers.naks) {
      const last = state.nak(seq, attempt, now + delayMs);
      if (last !== undefined) this.#onSpent(attachment.consumer, last);
    }
  }

  /** Ends the ack waits that are over. */
  expire(now: number): void {
    for (const consumer of this.#consumers.all()) this.#spend(consumer, consumer.state.expire(now));
  }

  #spend(consumer: DurableConsumer, spent: readonly OpenMessage[]): void {
    for (const message of spent) this.#onSpent(consumer, message);
  }

  /** When the next wait is over, in milliseconds since the epoch; Infinity where nothing waits. */
  nextDue(): number {
    return Math.min(Infinity, ...this.#consumers.all().map(({ state }) => state.nextDue));
  }

  /** Hands out what may be handed out: redeliveries first, then what was never delivered. */
  handOut(now: number): HandedOut {
    const all: HandedOut[] = [];
    const undo = (): void => all.toReversed().forEach((each) => each.undo());
    this.#consumers.follow();
    try {
      for (const [consumer, attachments] of this.#attachments) {
        const hungry = fairly(attachments).filter(({ credit }) => credit > 0);
        for (const attachment of hungry) all.push(this.#handTo(attachment, consumer, now));
      }
    } catch (error) {
      undo();
      throw error;
    }
    return { send: () => all.forEach((each) => each.send()), undo };
  }

  /** Reads first: what may throw comes before anything changes. */
  #handTo(attachment: Attachment, consumer: DurableConsumer, now: number): HandedOut {
    const { state } = consumer;
    const { cursor, delivered } = state;
    const max = Math.min(attachment.credit, MAX_ROWS);
    const again = state.redeliverable(now, max);
    const old = again.map(({ seq, attempts }) =>
      this.#toPack(consumer, this.#stream.read(seq, consumer.bodies), attempts + 1),
    );
    const fresh = this.#next(consumer, max - again.length);
    for (const message of again) state.redeliver(message, attachment.id);
    for (const row of fresh.rows) state.deliver(row, attachment.id);
    state.skipTo(fresh.through);
    const rows = [...old, ...fresh.rows.map((row) => this.#toPack(consumer, row, 1))];
    const found = rows.filter((row) => row !== undefined);
    return { send: () => send(attachment, found), undo: () => state.undo(cursor, delivered, again) };
  }

  /** The next rows that were never delivered, as many as there is room for, and how far it looked for them. */
  #next(consumer: DurableConsumer, max: number): { readonly rows: readonly Row[]; readonly through: number } {
    const { state, subjects, bodies } = consumer;
    if (consumer.backlog(this.#stream) === 0) return { rows: [], through: this.#stream.lastSeq };
    const wanted = Math.min(max, state.room);
    if (wanted <= 0) return { rows: [], through: state.cursor };
    return this.#stream.next(state.cursor, { subjects, bodies }, wanted, MAX_BYTES);
  }

  #toPack(consumer: DurableConsumer, row: Row | undefined, attempt: number): RowToPack | undefined {
    if (row === undefined) return undefined;
    const subject = this.#stream.subjects.name(row.subject);
    const { seq, storedAt, headers, size } = row;
    const body = consumer.bodies ? row.body : NO_BYTES;
    return { seq, subject, storedAt, attempt, headers, body, size };
  }

  /** True where a client waits and there is something for it. */
  hasMore(now: number): boolean {
    return [...this.#attachments].some(([consumer, attachments]) => {
      const { state } = consumer;
      const fresh = state.room > 0 && consumer.backlog(this.#stream) > 0;
      const waits = attachments.some(({ credit }) => credit > 0);
      return waits && (fresh || state.redeliverable(now, 1).length > 0);
    });
  }
}

/** Each time another client comes first. */
function fairly(attachments: Attachment[]): readonly Attachment[] {
  const first = attachments.shift();
  if (first !== undefined) attachments.push(first);
  return [...attachments];
}

function send(attachment: Attachment, rows: readonly RowToPack[]): void {
  if (rows.length === 0) return;
  attachment.credit = 0;
  for (const { seq } of rows) attachment.untaken.push(seq);
  attachment.client.reply({ type: 'delivered', consumer: attachment.channel, rows: packRows(rows) });
}
