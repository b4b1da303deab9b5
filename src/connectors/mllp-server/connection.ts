/** One connection: bytes to frames, frames to messages in their order, and their answers back in that order. */
import type { Socket } from 'node:net';
import { asHealthosError, HealthosError } from '../../errors.ts';
import { acknowledgingOf } from '../../validation/hl7v2/acknowledging.ts';
import { Echo } from '../../validation/hl7v2/echo.ts';
import type { ConnectorContext } from '../connector.ts';
import { Answers } from './answers.ts';
import type { MllpServerConfig } from './config.ts';
import { Decoder } from './decoder.ts';
import { FrameBody } from './frame-body.ts';
import { Intake } from './intake.ts';
import type { IntakeOptions } from './intake.ts';
import { refusal } from './replying.ts';

/** What the connections of one connector share. */
export interface Shared extends IntakeOptions {
  readonly config: MllpServerConfig;
  readonly context: Pick<ConnectorContext, 'objects' | 'countRefused' | 'accepting'>;
  readonly closed: (connection: Connection) => void;
}

const NO_BYTES = new Uint8Array(0);
/** So many answers may be owed on one connection; more is read when fewer are. */
const MOST_OWED = 128;
/** So long a connection that ends may take to do so; milliseconds. */
const CLOSING_MS = 2_000;

/**
 * `reading`: bytes are taken in. `held`: not now. `ending`: what is owed is answered, and nothing more is taken in.
 * `ended`: all is answered, the peer is to end. `closed`: there is no connection any more.
 */
type State = 'reading' | 'held' | 'ending' | 'ended' | 'closed';

export class Connection {
  readonly #socket: Socket;
  readonly #shared: Shared;
  readonly #decoder = new Decoder();
  readonly #intake: Intake;
  readonly #answers: Answers;
  readonly #peer: string;
  #body: FrameBody | undefined;
  /** While a body waits for the object store. */
  #room: Promise<void> | undefined;
  #state: State = 'reading';
  #messages = 0;
  /** Since when the frame that is being read, the peer that does not read, or the end, takes; milliseconds. */
  #frameSince = 0;
  #unreadSince = 0;
  #endSince = 0;
  #heardAt = performance.now();

  constructor(socket: Socket, shared: Shared) {
    this.#socket = socket;
    this.#shared = shared;
    this.#peer = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
    this.#intake = new Intake(shared, this.#peer, () => this.#state === 'ended' || this.#state === 'closed');
    this.#answers = new Answers({
      write: (acknowledgement) => this.#write(acknowledgement),
      end: () => this.#cut(),
      settled: () => this.#settled(),
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('drain', () => (this.#unreadSince = 0));
    socket.on('end', () => this.#peerEnded());
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed());
  }

  /** Takes nothing more in, and ends when what is owed is answered. */
  finish(): void {
    if (!this.#isOpen()) return;
    this.#state = 'ending';
    this.#endSince = performance.now();
    this.#body?.abandon();
    // What still comes is thrown away: a connection that is closed with unread bytes loses the answers on it.
    this.#socket.resume();
    this.#settled();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Looks after the deadlines. */
  check(now: number): void {
    const { frame_timeout: frame, idle_timeout: idle } = this.#shared.config;
    const isOver = (since: number, seconds: number) => since > 0 && now - since > seconds * 1000;
    if (this.#state === 'ended' && isOver(this.#endSince, CLOSING_MS / 1000)) this.destroy();
    else if (isOver(this.#unreadSince, frame)) this.#giveUp();
    else if (this.#state === 'reading' && isOver(this.#frameSince, frame)) this.#fail(late(frame));
    else if (this.#state === 'reading' && this.#answers.owed === 0 && isOver(this.#heardAt, idle))
      this.finish();
  }

  /** The peer does not take its answers. */
  #giveUp(): void {
    this.#report(unread());
    this.destroy();
  }

  #take(chunk: Buffer): void {
    if (!this.#isOpen()) return;
    this.#heardAt = performance.now();
    this.#decoder.feed(chunk);
    if (this.#state === 'reading') this.#read();
  }

  #read(): void {
    try {
      while (this.#isReading()) {
        const piece = this.#decoder.next();
        if (piece === undefined) break;
        const body = (this.#body ??= this.#begin());
        const room = body.add(piece.bytes);
        if (piece.last) this.#end(body);
        if (room !== undefined || this.#answers.owed >= MOST_OWED) this.#hold(room);
      }
      if (this.#decoder.within && this.#frameSince === 0) this.#frameSince = this.#heardAt;
    } catch (thrown) {
      this.#fail(asHealthosError(thrown));
    }
  }

  #isOpen(): boolean {
    return this.#state === 'reading' || this.#state === 'held';
  }

  #isReading(): boolean {
    return this.#state === 'reading';
  }

  #begin(): FrameBody {
    const { context, config } = this.#shared;
    return new FrameBody({ objects: context.objects, maxBytes: config.max_bytes });
  }

  /** A frame is complete. */
  #end(frame: FrameBody): void {
    this.#body = undefined;
    this.#frameSince = 0;
    this.#messages += 1;
    const echo = new Echo(frame.head);
    if (frame.size === 0) this.#refuse(echo, emptyFrame());
    else if (!this.#shared.context.accepting()) this.#turnAway(echo, frame);
    else this.#answers.expect(this.#intake.take(echo, frame.finish()));
  }

  #turnAway(echo: Echo, frame: FrameBody): void {
    frame.abandon();
    this.#refuse(echo, notConsuming());
  }

  #refuse(echo: Echo, error: HealthosError): void {
    this.#shared.context.countRefused(error.code);
    const answer = refusal(echo, acknowledgingOf(echo), error, this.#shared);
    this.#answers.expect({ first: Promise.resolve(answer) });
  }

  /** The bytes cannot be read on: what came before is answered, and one that is too large is told so. */
  #fail(error: HealthosError): void {
    this.#report(error);
    if (error.code === 'request/too-large') this.#refuse(new Echo(this.#body?.head ?? NO_BYTES), error);
    else this.#shared.context.countRefused(error.code);
    this.finish();
  }

  #report({ code, message: reason }: HealthosError): void {
    const about = { peer: this.#peer, code, reason, messages: this.#messages };
    this.#shared.log.warn(about, 'mllp.connection-refused');
  }

  /** Reads no more until there is room, and until fewer answers are owed. */
  #hold(room: Promise<void> | undefined): void {
    this.#state = 'held';
    this.#room = room;
    this.#socket.pause();
    void room?.then(() => {
      this.#room = undefined;
      this.#goOn();
    });
  }

  #goOn(): void {
    if (this.#state !== 'held' || this.#room !== undefined || this.#answers.owed >= MOST_OWED) return;
    this.#state = 'reading';
    // The time of a frame begins anew: it was not the peer who kept us waiting.
    if (this.#frameSince > 0) this.#frameSince = performance.now();
    this.#read();
    if (this.#isReading()) this.#socket.resume();
  }

  #settled(): void {
    this.#goOn();
    if (this.#state !== 'ending' || this.#answers.owed > 0) return;
    this.#state = 'ended';
    this.#endSince = performance.now();
    this.#socket.end();
  }

  /** Ends without an answer to what is left. */
  #cut(): void {
    this.finish();
    this.#settled();
  }

  #write(acknowledgement: Buffer): void {
    const frame = Buffer.allocUnsafe(acknowledgement.length + 3);
    frame[0] = 0x0b;
    acknowledgement.copy(frame, 1);
    frame[frame.length - 2] = 0x1c;
    frame[frame.length - 1] = 0x0d;
    if (this.#socket.writable && !this.#socket.write(frame) && this.#unreadSince === 0) {
      this.#unreadSince = performance.now();
    }
  }

  #peerEnded(): void {
    if (this.#decoder.within && this.#isOpen()) this.#fail(brokeOff());
    else this.finish();
  }

  #closed(): void {
    const { log, closed, context } = this.#shared;
    if (this.#decoder.within && this.#isOpen()) {
      this.#report(brokeOff());
      context.countRefused('mllp/framing');
    }
    this.#state = 'closed';
    this.#body?.abandon();
    const { ignored } = this.#decoder;
    log.debug(
      { peer: this.#peer, messages: this.#messages, ignored_bytes: ignored },
      'mllp.connection-closed',
    );
    closed(this);
  }
}

function notConsuming(): HealthosError {
  return new HealthosError('connector/not-consuming', 'The connector takes no messages at the moment.');
}

function emptyFrame(): HealthosError {
  return new HealthosError('request/empty-body', 'The frame holds no message.');
}

function late(seconds: number): HealthosError {
  return new HealthosError('request/timeout', `The frame did not end within ${seconds} s (frame_timeout).`);
}

function unread(): HealthosError {
  return new HealthosError('request/timeout', 'The sender does not take its answers.');
}

function brokeOff(): HealthosError {
  return new HealthosError('mllp/framing', 'The sender ended the connection within a frame.');
}
