/** Server-sent events from a fetch stream: EventSource could not carry a token. HTML Living Standard, section 9.2. */

import { Readable } from 'node:stream';

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** The events of a stream as they arrive. Ends with the stream. */
export async function* readEvents(body: Response['body']): AsyncGenerator<ServerEvent> {
  let event = 'message';
  let data: string[] = [];
  for await (const line of readLines(body === null ? [] : Readable.fromWeb(body))) {
    if (line === '') {
      if (data.length > 0) yield { event, data: data.join('\n') };
      event = 'message';
      data = [];
    } else if (line.startsWith('event:')) event = fieldOf(line, 'event:');
    else if (line.startsWith('data:')) data.push(fieldOf(line, 'data:'));
  }
}

/** One space after the colon does not belong to the value. */
function fieldOf(line: string, name: string): string {
  return line.slice(name.length).replace(/^ /, '');
}

async function* readLines(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
