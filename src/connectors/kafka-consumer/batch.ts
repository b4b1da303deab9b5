/**
 * Takes the messages of one batch in: in order, many in flight, and none is passed before it is stored. What must be
 * said of a message that is not delivered (a tombstone, records that cannot be decoded) is decided here as well.
 */
import type { KafkaMessage } from 'kafkajs';
import type { ObjectStore } from '../../bus/message-bus.ts';
import { HealthosError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import { bodyOf } from '../../messages/claim-check.ts';
import { CLAIM_CHECK_BYTES, type Deliver } from '../../messages/envelope.ts';
import { arrivalOf, type Place } from './arrival.ts';
import { undecodable, type Undecodable } from './salvage.ts';

export interface Intake {
  readonly deliver: Deliver;
  readonly objects: ObjectStore;
  readonly onUndecodable: 'fail' | 'skip';
  countRefused(code: ErrorCode): void;
  /** So many messages may be taken after the first `done`, at least one; waits until then. Undefined where it is over. */
  admitted(done: number): Promise<number | undefined>;
}

/** How far a batch was taken: `done` of its messages are stored or passed over; `error` is why not all of them. */
export interface Taken {
  readonly done: number;
  readonly error?: unknown;
}

/** Never rejects. Stops early, without an error, where the intake is over. */
export async function takeBatch(
  place: Place,
  messages: readonly KafkaMessage[],
  intake: Intake,
): Promise<Taken> {
  for (let done = 0; ;) {
    if (done === messages.length) return { done };
    const admitted = await intake.admitted(done);
    if (admitted === undefined) return { done };
    const taken = await takeNext(place, messages.slice(done, done + admitted), intake);
    done += taken.done;
    // Paused in between: the message is held until the connector accepts again.
    if (taken.error !== undefined && !isPaused(taken.error)) return { done, error: taken.error };
  }
}

/** The messages up to the next one that goes its own way, or that one. */
async function takeNext(place: Place, messages: readonly KafkaMessage[], intake: Intake): Promise<Taken> {
  const until = messages.findIndex((message) => !isPlain(message));
  const plain = until === -1 ? messages : messages.slice(0, until);
  const [first] = messages;
  if (plain.length === 0 && first !== undefined) return takeSpecial(place, first, intake);
  return firstUnstored(
    plain
      .map(({ value }, at) => ({ value, message: messages[at] }))
      .flatMap(({ value, message }) =>
        value === null || message === undefined ? [] : [intake.deliver(arrivalOf(place, message, value))],
      ),
  );
}

function isPlain(message: KafkaMessage): boolean {
  return message.value !== null && message.value.length <= CLAIM_CHECK_BYTES;
}

/** Each is alone, so that nothing overtakes it while it goes to the object store. */
async function takeSpecial(place: Place, message: KafkaMessage, intake: Intake): Promise<Taken> {
  const { value } = message;
  if (value === null) return passOver(place, message, intake);
  try {
    const body = await bodyOf(value, intake.objects);
    await intake.deliver(arrivalOf(place, message, body));
    return { done: 1 };
  } catch (error) {
    return { done: 0, error };
  }
}

function passOver(place: Place, message: KafkaMessage, intake: Intake): Taken {
  const damaged = undecodable(message);
  if (damaged === undefined) intake.countRefused('request/empty-body');
  else if (intake.onUndecodable === 'skip' && damaged.lastOffset !== undefined)
    intake.countRefused('remote/undecodable');
  else return { done: 0, error: cannotDecode(place, damaged) };
  return { done: 1 };
}

function cannotDecode({ topic, partition }: Place, damaged: Undecodable): HealthosError {
  const { firstOffset, lastOffset, why } = damaged;
  const what = why === 'checksum' ? 'do not match their checksum' : 'cannot be unpacked';
  const advice =
    lastOffset === undefined
      ? 'Where they end is damaged too: on_undecodable: skip passes over them once the topic has more behind them.'
      : 'on_undecodable: skip passes over them.';
  return new HealthosError(
    'remote/undecodable',
    `The records of topic ${topic}, partition ${partition}, ${offsetsOf(firstOffset, lastOffset)}, ${what}. ${advice}`,
  );
}

function offsetsOf(first: bigint, last: bigint | undefined): string {
  if (last === undefined) return `offsets from ${first}`;
  return first === last ? `offset ${first}` : `offsets ${first} to ${last}`;
}

async function firstUnstored(deliveries: readonly Promise<unknown>[]): Promise<Taken> {
  const outcomes = await Promise.allSettled(deliveries);
  const at = outcomes.findIndex(({ status }) => status === 'rejected');
  const failed = outcomes[at];
  return failed?.status === 'rejected'
    ? { done: at, error: failed.reason as unknown }
    : { done: outcomes.length };
}

function isPaused(error: unknown): boolean {
  return error instanceof HealthosError && error.code === 'connector/not-consuming';
}
