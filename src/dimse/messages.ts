/** DIMSE messages out of the PDUs of an association (PS3.8, 9.3.5; PS3.7, 6.3): commands, and the data sets behind them. */
import { field, NO_DATA_SET, parseCommand, type CommandSet } from './command.ts';
import { abortReason, ended, violation } from './faults.ts';
import type { AssociationFault } from './faults.ts';
import type { Incoming } from './incoming.ts';
import { control, PDU_HEAD_BYTES, pduType, PDV_HEAD_BYTES } from './pdu.ts';

export interface PduHead {
  readonly type: number;
  readonly length: number;
}

export interface Command extends CommandSet {
  readonly contextId: number;
}

/** How an association ends from the other side. */
export type End = 'release-requested' | 'released' | 'aborted' | 'closed';

/** Commands are a few hundred bytes. */
const MAX_COMMAND_BYTES = 64 * 1024;
/** The head of the next PDU; undefined where the connection ended before it. */
export async function readPduHead(incoming: Incoming): Promise<PduHead | undefined> {
  const head = await incoming.take(PDU_HEAD_BYTES);
  return head && { type: head.readUInt8(0), length: head.readUInt32BE(2) };
}

/** The rest of a PDU. Throws an AssociationFault where it is longer than it may be. */
export async function readPduBody(
  incoming: Incoming,
  { length }: PduHead,
  maxBytes: number,
): Promise<Buffer> {
  if (length > maxBytes) throw violation(abortReason.invalidParameter, 'A PDU is longer than the limit.');
  return (await incoming.take(length)) ?? Buffer.alloc(0);
}

export function hasDataSet({ numbers }: Command): boolean {
  return numbers.get(field.dataSetType) !== NO_DATA_SET;
}

/** Reads what is left of a data set, and keeps nothing. */
export async function passOver(dataSet: AsyncIterable<Buffer>): Promise<void> {
  const pieces = dataSet[Symbol.asyncIterator]();
  while ((await pieces.next()).done !== true);
}

interface Fragment {
  readonly contextId: number;
  readonly isCommand: boolean;
  readonly isLast: boolean;
  readonly length: number;
}

export class Messages {
  readonly #incoming: Incoming;
  readonly #maxPduBytes: number;
  /** What of the current P-DATA-TF PDU was not read yet. */
  #left = 0;

  /** `maxPduBytes` is what was announced: a longer PDU is a violation. */
  constructor(incoming: Incoming, maxPduBytes: number) {
    this.#incoming = incoming;
    this.#maxPduBytes = maxPduBytes;
  }

  /** The next command, or how the association ended. Throws an AssociationFault; `incoming` may fail. */
  async next(): Promise<Command | End> {
    const parts: Buffer[] = [];
    let size = 0;
    for (;;) {
      const fragment = await this.#fragment();
      if (typeof fragment === 'string') {
        if (size === 0) return fragment;
        throw cutOff(fragment, 'A command is cut off.');
      }
      if (!fragment.isCommand) throw unexpected('A data set comes without a command.');
      size += fragment.length;
      if (size > MAX_COMMAND_BYTES) throw violation(abortReason.invalidParameter, 'A command is too long.');
      if (fragment.length > 0) parts.push((await this.#incoming.take(fragment.length)) ?? Buffer.alloc(0));
      if (fragment.isLast) return commandOf(fragment.contextId, Buffer.concat(parts));
    }
  }

  /** The data set that follows a command, in pieces as they come. To leave it early is to stop in the middle of it. */
  async *dataSet(contextId: number): AsyncGenerator<Buffer, void, undefined> {
    for (let last = false; !last;) {
      const fragment = await this.#fragment();
      if (typeof fragment === 'string') throw cutOff(fragment, 'A data set is cut off.');
      if (fragment.isCommand || fragment.contextId !== contextId) {
        throw unexpected('A data set is interrupted by something else.');
      }
      last = fragment.isLast;
      for (let left = fragment.length; left > 0;) {
        const piece = await this.#incoming.some(left);
        left -= piece.length;
        yield piece;
      }
    }
  }

  /** Frees the bytes of commands and data sets so far: nobody may use them any more. */
  release(): void {
    this.#incoming.release();
  }

  async #fragment(): Promise<Fragment | End> {
    while (this.#left === 0) {
      const head = await readPduHead(this.#incoming);
      if (head === undefined) return 'closed';
      if (head.type !== pduType.data) return this.#endOf(head);
      if (head.length > this.#maxPduBytes) {
        throw violation(abortReason.invalidParameter, 'A PDU is longer than was announced.');
      }
      this.#left = head.length;
    }
    return this.#fragmentHead();
  }

  async #fragmentHead(): Promise<Fragment> {
    const cut = () =>
      violation(abortReason.invalidParameter, 'A presentation data value does not fit its PDU.');
    if (this.#left < PDV_HEAD_BYTES) throw cut();
    const head = await this.#incoming.take(PDV_HEAD_BYTES);
    if (head === undefined) throw violation(abortReason.unexpectedPdu, 'A PDU is cut off.');
    const length = head.readUInt32BE(0) - 2;
    this.#left -= PDV_HEAD_BYTES + length;
    if (length < 0 || this.#left < 0) throw cut();
    const bits = head.readUInt8(5);
    return {
      contextId: head.readUInt8(4),
      isCommand: (bits & control.command) !== 0,
      isLast: (bits & control.last) !== 0,
      length,
    };
  }

  async #endOf(head: PduHead): Promise<End> {
    const end = ends.get(head.type);
    if (end === undefined) {
      const isKnown = head.type >= pduType.associateRequest && head.type <= pduType.abort;
      const reason = isKnown ? abortReason.unexpectedPdu : abortReason.unrecognizedPdu;
      throw violation(reason, 'A PDU comes that has no place in an association.');
    }
    await readPduBody(this.#incoming, head, 4);
    return end;
  }
}

const ends: ReadonlyMap<number, End> = new Map([
  [pduType.releaseRequest, 'release-requested'],
  [pduType.releaseResponse, 'released'],
  [pduType.abort, 'aborted'],
]);

function commandOf(contextId: number, bytes: Buffer): Command {
  const command = parseCommand(bytes);
  if (command === undefined) throw violation(abortReason.invalidParameter, 'A command cannot be read.');
  return { ...command, contextId };
}

/** To abort, or to go away, is anybody's right at any time; to ask for a release is not. */
function cutOff(end: End, message: string): AssociationFault {
  return end === 'aborted' || end === 'closed' ? ended() : violation(abortReason.unexpectedPdu, message);
}

function unexpected(message: string): AssociationFault {
  return violation(abortReason.unexpectedParameter, message);
}
