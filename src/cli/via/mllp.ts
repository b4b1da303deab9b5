/**
 * Payloads over MLLP, each reported with the acknowledgement that it got. A connection has one message under way: that is
 * what the protocol means, and the client's codec runs answers together that come at once.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { MLLPCodec } from 'node-hl7-client';
import { acknowledgingOf, isWanted } from '../../validation/hl7v2/acknowledging.ts';
import { Echo } from '../../validation/hl7v2/echo.ts';
import type { Issue } from '../../validation/issue.ts';
import { CliError, usageError } from '../errors.ts';
import { printable } from '../output.ts';
import type { Payload, Reply, Target, Transmitter } from '../transmit.ts';
import { type BrokerAddress, connectionFault, readAddress } from './broker.ts';
import { breaksFrames } from './framing.ts';
import { type Acknowledged, readAcknowledgements } from './mllp-reply.ts';

/** What `--json` writes: what the receiver answered, and null for what it did not. */
interface MllpAnswer {
  /** MSA-1 of the last answer; `sent` where the message asks for none, `failed` where there is none. */
  readonly state: string;
  /** MSA-1 of each answer. */
  readonly codes: readonly string[];
  /** MSA-2. */
  readonly control_id: string | null;
  readonly detail: string | null;
  readonly issues: readonly Issue[];
  readonly ms: number;
}

type Said = Omit<MllpAnswer, 'ms'>;

const CONNECT_WAIT_MS = 5_000;
const ACK_WAIT_MS = 10_000;
/** With `--wait`. */
const VERDICT_WAIT_MS = 30_000;

export async function openMllp(target: Target): Promise<Transmitter> {
  const address = readAddress(target, { scheme: 'mllp', at: '127.0.0.1:2575' });
  if (address.servers.length > 1) throw usageError('--to must be one host and port with --via mllp.');
  const lines = new Lines(address);
  await lines.open();
  return {
    transmit: (payload) => timed(lines, payload, target.wait === true),
    close() {
      lines.close();
      return Promise.resolve();
    },
  };
}

async function timed(lines: Lines, payload: Payload, wait: boolean): Promise<Reply> {
  const begun = performance.now();
  const answer: MllpAnswer = { ...(await transmit(lines, payload, wait)), ms: performance.now() - begun };
  const { state, codes, control_id: controlId, detail, issues, ms } = answer;
  const ok = /^(?:AA|CA|sent)$/.test(state);
  const said = codes.length > 1 ? `${codes.slice(0, -1).join(' ')} before` : null;
  const outcome = printable(state);
  const facts = [said, controlId === null ? null : printable(controlId)];
  return { ok, outcome, facts, detail, issues, ms, document: answer };
}

async function transmit(lines: Lines, { bytes }: Payload, wait: boolean): Promise<Said> {
  if (breaksFrames(bytes))
    return failed('It holds VT, or FS and CR, which begin and end frames: nothing was sent.');
  const echo = new Echo(bytes);
  const expected = answersWanted(echo, wait);
  let line: Line | undefined;
  try {
    line = await lines.take();
    line.send(bytes, echo.raw(10));
    if (expected === 0) return sent;
    const answers = await line.answers(expected, wait ? VERDICT_WAIT_MS : ACK_WAIT_MS);
    return answered(answers);
  } catch (thrown) {
    return failed(thrown instanceof CliError ? thrown.message : explain(thrown));
  } finally {
    if (line !== undefined) lines.giveBack(line);
  }
}

/** How many answers the message asks for where all goes well; of two, the second one is the verdict. */
function answersWanted(echo: Echo, wait: boolean): number {
  const wish = acknowledgingOf(echo);
  if (wish.mode === 'none') return 0;
  if (wish.mode === 'original') return 1;
  const wanted = [wish.accept, wish.application].filter((condition) => isWanted(condition, true)).length;
  return wait ? wanted : Math.min(wanted, 1);
}

const sent: Said = {
  state: 'sent',
  codes: [],
  control_id: null,
  detail: 'sent, not acknowledged: the message asks for no answer',
  issues: [],
};

function failed(detail: string): Said {
  return { state: 'failed', codes: [], control_id: null, detail, issues: [] };
}

function answered(answers: readonly Acknowledged[]): Said {
  const last = answers.at(-1);
  if (last === undefined) return failed('There was no answer: it may be stored, or not.');
  const { code, controlId, text, issues } = last;
  const codes = answers.map((answer) => printable(answer.code));
  const detail = text === null ? null : printable(text);
  return { state: code, codes, control_id: controlId, detail, issues };
}

function explain(thrown: unknown): string {
  const why = connectionFault(thrown) ?? 'The connection broke off';
  return `${why}: it may be stored, or not.`;
}

/** Connections: those that are idle, and new ones where there is none. */
class Lines {
  readonly #address: BrokerAddress;
  readonly #idle: Line[] = [];
  readonly #all = new Set<Line>();

  constructor(address: BrokerAddress) {
    this.#address = address;
  }

  /** Rejects with a CliError that says what to mend. */
  async open(): Promise<void> {
    this.giveBack(await this.take());
  }

  async take(): Promise<Line> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle.isOver ? this.take() : idle;
    const line = new Line(await dial(this.#address));
    this.#all.add(line);
    return line;
  }

  /** One that still owes an answer is not used again: that would be taken for the next one's. */
  giveBack(line: Line): void {
    if (line.isIdle) this.#idle.push(line);
    else {
      line.close();
      this.#all.delete(line);
    }
  }

  close(): void {
    for (const line of this.#all) line.close();
  }
}

async function dial({ servers, tls }: BrokerAddress): Promise<Socket> {
  const [server = ''] = servers;
  const at = server.lastIndexOf(':');
  const place = { host: server.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(server.slice(at + 1)) };
  const socket = tls === undefined ? connect(place) : connectTls({ ...place, ...tls });
  socket.setNoDelay(true);
  try {
    const signal = AbortSignal.timeout(CONNECT_WAIT_MS);
    await once(socket, tls === undefined ? 'connect' : 'secureConnect', { signal });
    return socket;
  } catch (cause) {
    socket.destroy();
    const why = connectionFault(cause) ?? 'Nothing answers there: check --to';
    throw new CliError(1, `The receiver at ${server} cannot be used: ${why}.`, { cause });
  }
}

/** One connection, with at most one message under way. */
class Line {
  readonly #socket: Socket;
  readonly #codec = new MLLPCodec('latin1');
  #answers: Acknowledged[] = [];
  /** MSH-10 of the message under way. */
  #controlId = '';
  #owed = 0;
  #changed = (): void => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    // The end of the connection is what tells.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#changed());
  }

  get isOver(): boolean {
    return this.#socket.destroyed || this.#socket.readableEnded;
  }

  get isIdle(): boolean {
    return !this.isOver && this.#owed === 0;
  }

  /** Byte for byte: one byte a character there and back. */
  send(bytes: Uint8Array, controlId: string): void {
    this.#answers = [];
    this.#controlId = controlId;
    this.#codec.sendMessage(this.#socket, Buffer.from(bytes).toString('latin1'), 'latin1');
  }

  /** So many answers, or those that came until one said no, the connection ended, or the time was over. */
  async answers(count: number, limitMs: number): Promise<readonly Acknowledged[]> {
    this.#owed = count;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#changed = () => {
      if (this.isOver || this.#answers.length >= count || this.#isFinal()) resolve(undefined);
    };
    const limit = setTimeout(() => resolve(undefined), limitMs);
    this.#changed();
    await promise;
    clearTimeout(limit);
    if (this.#answers.length >= count || this.#isFinal()) this.#owed = 0;
    return this.#answers;
  }

  /** What was written still goes out. */
  close(): void {
    this.#socket.destroySoon();
  }

  /** After a no on storage there is none on the content. */
  #isFinal(): boolean {
    return /^(?:CE|CR)$/.test(this.#answers.at(-1)?.code ?? '');
  }

  #take(chunk: Buffer): void {
    if (!this.#codec.receiveData(chunk)) return;
    // One that names another message is a late one, to a message that asked to hear of failures alone.
    const answers = readAcknowledgements(this.#codec.getLastMessage() ?? '');
    this.#answers.push(...answers.filter(({ controlId }) => ['', this.#controlId].includes(controlId)));
    this.#changed();
  }
}
