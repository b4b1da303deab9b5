/** A sender of frames for tests: writes any bytes, and hands out what comes back, frame by frame. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';

export function framed(body: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(0x0b), Buffer.from(body), Buffer.of(0x1c, 0x0d)]);
}

/** Synthetic: the control id and what follows MSH-12 are all that tell one from another. */
export function message(controlId: string, beyondVersion = ''): string {
  return (
    `MSH|^~\\&|LAB|NORTH|EHR|SOUTH|20260301120000||ADT^A01^ADT_A01|${controlId}|P|2.5.1${beyondVersion}\r` +
    'EVN||20260301120000\rPID|1||4711^^^NORTH^MR||DOE^JANE\rPV1|1|I\r'
  );
}

/** MSA-1 and MSA-2, as `AA 42`. */
export function acknowledged(reply: string): string {
  const fields = /\rMSA\|([^\r]*)\r/.exec(reply)?.[1]?.split('|') ?? [];
  return `${fields[0] ?? ''} ${fields[1] ?? ''}`;
}

export class Sender {
  readonly socket: Socket;
  /** Resolves when the connection is over, however that came. */
  readonly closed: Promise<void>;
  #rest = Buffer.alloc(0);
  #over = false;
  readonly #frames: string[] = [];
  readonly #waiting: ((frame: string | undefined) => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    // The peer may cut the connection; that is what `closed` tells.
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#over = true;
        for (const tell of this.#waiting.splice(0)) tell(undefined);
        resolve();
      });
    });
  }

  static async to(port: number, tls?: ConnectionOptions): Promise<Sender> {
    const place = { host: '127.0.0.1', port };
    const socket = tls === undefined ? connect(place) : connectTls({ ...place, ...tls });
    socket.setNoDelay(true);
    const sender = new Sender(socket);
    await once(socket, tls === undefined ? 'connect' : 'secureConnect');
    return sender;
  }

  write(...bytes: (string | Uint8Array)[]): void {
    for (const each of bytes) this.socket.write(each);
  }

  send(...bodies: string[]): void {
    this.write(Buffer.concat(bodies.map(framed)));
  }

  /** The next frame, without its blocks; undefined where the connection is over instead. */
  next(): Promise<string | undefined> {
    const frame = this.#frames.shift();
    if (frame !== undefined || this.#over) return Promise.resolve(frame);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** What the next frame acknowledges, as `AA 42`; undefined where the connection is over instead. */
  async answer(): Promise<string | undefined> {
    const frame = await this.next();
    return frame === undefined ? undefined : acknowledged(frame);
  }

  async answers(count: number): Promise<(string | undefined)[]> {
    const all: (string | undefined)[] = [];
    while (all.length < count) all.push(await this.answer());
    return all;
  }

  close(): void {
    this.socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (let end = this.#rest.indexOf(0x1c); end >= 0; end = this.#rest.indexOf(0x1c)) {
      this.#tell(this.#rest.toString('latin1', 1, end));
      this.#rest = this.#rest.subarray(end + 2);
    }
  }

  #tell(frame: string): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#frames.push(frame);
    else waiting(frame);
  }
}
