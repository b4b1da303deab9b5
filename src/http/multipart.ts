/** Takes a multipart body apart as it arrives (RFC 2046, section 5.1): no part is held, whatever its size. */
import { HealthosError } from '../errors.ts';

export interface Part {
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** To be read before the next part is asked for; what is left of it then is passed over. */
  readonly body: AsyncGenerator<Buffer, void, undefined>;
}

const MAX_HEADER_BYTES = 8 * 1024;
const CRLF = '\r\n';

/** A value of `Content-Type`: the media type in lower case, and its parameters by name in lower case (RFC 9110, 8.3.1). */
export function mediaTypeOf(value: string): {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
} {
  const type = /^\s*([^\s;]+)/.exec(value)?.[1]?.toLowerCase() ?? '';
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, token] of value.matchAll(
    /;\s*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))/g,
  )) {
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token ?? '');
  }
  return { type, parameters };
}

/** The parts in order. Rejects with `request/malformed` where the body is none of parts, or breaks off. */
export async function* partsOf(source: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<Part> {
  const reader = new PartReader(source, boundary);
  await passOver(reader.untilDelimiter());
  while (await reader.hasNext()) {
    const part = { headers: await reader.headers(), body: reader.untilDelimiter() };
    yield part;
    await passOver(part.body);
  }
}

class PartReader {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #delimiter: Buffer;
  /** The first delimiter may lack the line break before it: it stands at the very beginning. */
  #held: Buffer = Buffer.from(CRLF);

  constructor(source: AsyncIterable<Buffer>, boundary: string) {
    this.#chunks = source[Symbol.asyncIterator]();
    this.#delimiter = Buffer.from(`${CRLF}--${boundary}`, 'latin1');
  }

  /** What comes before the next delimiter, which is taken off. */
  async *untilDelimiter(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const found = this.#held.indexOf(this.#delimiter);
      if (found >= 0) {
        const piece = this.#take(found);
        this.#take(this.#delimiter.length);
        if (piece.length > 0) yield piece;
        return;
      }
      // A delimiter may have begun in the last bytes.
      const sure = this.#held.length - this.#delimiter.length + 1;
      if (sure > 0) yield this.#take(sure);
      await this.#more();
    }
  }

  /** After a delimiter: is there another part, or was it the last one? */
  async hasNext(): Promise<boolean> {
    while (this.#held.length < 2) await this.#more();
    return this.#held.toString('latin1', 0, 2) !== '--';
  }

  /** The line break after the delimiter is the first half of the empty line where a part has no headers. */
  async headers(): Promise<ReadonlyMap<string, string>> {
    let end = this.#held.indexOf(CRLF + CRLF);
    while (end < 0) {
      if (this.#held.length > MAX_HEADER_BYTES) throw malformed('The headers of a part are too long.');
      await this.#more();
      end = this.#held.indexOf(CRLF + CRLF);
    }
    if (end > MAX_HEADER_BYTES) throw malformed('The headers of a part are too long.');
    const lines = this.#take(end).toString('latin1').split(CRLF).slice(1);
    this.#take(CRLF.length * 2);
    return new Map(lines.map(headerOf));
  }

  #take(count: number): Buffer {
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return taken;
  }

  async #more(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done === true) throw malformed('The body ends before its last boundary.');
    this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
  }
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, Math.max(colon, 0)).trim().toLowerCase(), line.slice(colon + 1).trim()];
}

async function passOver(pieces: AsyncGenerator<Buffer>): Promise<void> {
  while ((await pieces.next()).done !== true);
}

function malformed(message: string): HealthosError {
  return new HealthosError('request/malformed', message);
}
