/** Where the stream and its consumers stand, asked of the server in a few requests. */
import type { ConsumerInfo } from 'nats';
import type { BusStatus, ConsumerStatus } from '../message-bus.ts';
import { readMessage } from './stream-reader.ts';
import type { Wire } from './wire.ts';

export type Counts = Pick<BusStatus, 'messages' | 'bytes' | 'firstSeq' | 'lastSeq' | 'consumers'>;

export const noCounts: Counts = { messages: 0, bytes: 0, firstSeq: 1, lastSeq: 0, consumers: [] };

export interface StatusOptions {
  readonly stream: string;
  /** What the gateway calls a consumer and a subject of the server. */
  readonly localName: (name: string) => string;
  readonly fromServer: (subject: string) => string;
  readonly objectBytes: () => Promise<number>;
}

interface Oldest {
  readonly floor: number;
  readonly storedAt: number;
}

export class StatusReader {
  readonly #options: StatusOptions;
  /** The oldest unacknowledged message stays the oldest while the ack floor stands. By consumer. */
  readonly #oldest = new Map<string, Oldest>();

  constructor(options: StatusOptions) {
    this.#options = options;
  }

  async read(wire: Wire): Promise<Counts> {
    const { stream, objectBytes } = this.#options;
    const [{ state }, objects] = await Promise.all([wire.jsm.streams.info(stream), objectBytes()]);
    const infos: ConsumerInfo[] = [];
    for await (const info of wire.jsm.consumers.list(stream)) infos.push(info);
    const consumers = await Promise.all(infos.map((info) => this.#statusOf(wire, info)));
    const { messages, first_seq: first, last_seq: lastSeq, bytes } = state;
    const firstSeq = messages === 0 ? lastSeq + 1 : first;
    return { messages, bytes: bytes + objects, firstSeq, lastSeq, consumers };
  }

  async #statusOf(wire: Wire, info: ConsumerInfo): Promise<ConsumerStatus> {
    const { name, config, num_ack_pending: inFlight, num_pending: waiting } = info;
    const filter =
      config.filter_subjects ?? (config.filter_subject === undefined ? [] : [config.filter_subject]);
    const pending = inFlight + waiting;
    return {
      name: this.#options.localName(name),
      filter: filter.map(this.#options.fromServer),
      pending,
      inFlight,
      ackFloor: info.ack_floor.stream_seq,
      oldest: pending === 0 ? null : await this.#oldestOf(wire, info, filter),
    };
  }

  async #oldestOf(wire: Wire, info: ConsumerInfo, filter: readonly string[]): Promise<number | null> {
    const floor = info.ack_floor.stream_seq;
    const known = this.#oldest.get(info.name);
    if (known?.floor === floor) return known.storedAt;
    const subjects = filter.length === 0 ? ['>'] : filter;
    const reads = subjects.map((subject) =>
      readMessage(wire, this.#options.stream, { seq: floor + 1, next_by_subj: subject }),
    );
    const found = (await Promise.all(reads)).flatMap((message) => message ?? []);
    if (found.length === 0) return null;
    const storedAt = Math.min(...found.map((message) => message.storedAt));
    this.#oldest.set(info.name, { floor, storedAt });
    return storedAt;
  }
}
