/** Undoes Content-Encoding (RFC 9110, section 8.4) without letting a small body become a huge one. */
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import type { Duplex, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { HealthosError } from '../errors.ts';

/** The codings that are undone, as an Accept-Encoding header. */
export const acceptedCodings = 'gzip, deflate, br';

/** Each takes memory of its own, and nobody packs a message more than twice. */
const MAX_CODINGS = 3;

const decoders: ReadonlyMap<string, () => Duplex> = new Map<string, () => Duplex>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/**
 * The body without its codings, `codings` being the header: the last one named is undone first. No stage takes or makes
 * more than `maxBytes`. Throws `request/content-coding`; the stream fails with `request/too-large` or
 * `request/malformed`, and leaves the request itself open to be answered.
 */
export function decoded(req: IncomingMessage, codings: string, maxBytes: number): Readable {
  const stages = decodersFor(codings).flatMap((create) => [create(), limited(maxBytes)]);
  const [first, ...others] = [limited(maxBytes), ...stages];
  req.once('close', () => {
    if (!req.complete) first.destroy(req.errored instanceof HealthosError ? req.errored : brokeOff());
  });
  return others.reduce<Duplex>(connected, req.pipe(first));
}

function decodersFor(codings: string): (() => Duplex)[] {
  const names = codings
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > MAX_CODINGS) throw unknownCoding();
  return names.reverse().map((name) => decoders.get(name) ?? refuseCoding());
}

/** As `pipe`, and a failure goes on to the end of the chain; what comes before an end that was closed is closed. */
function connected(before: Duplex, after: Duplex): Duplex {
  before.once('error', (error) => after.destroy(asOurs(error)));
  after.once('close', () => before.destroy());
  return before.pipe(after);
}

function limited(maxBytes: number): Duplex {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > maxBytes) done(tooLarge(maxBytes));
      else done(null, chunk);
    },
  });
}

function asOurs(error: Error): HealthosError {
  if (error instanceof HealthosError) return error;
  return new HealthosError('request/malformed', 'The body is not coded as its Content-Encoding says.', {
    cause: error,
  });
}

function brokeOff(): HealthosError {
  return new HealthosError('request/malformed', 'The body broke off before its end.');
}

export function tooLarge(maxBytes: number): HealthosError {
  return new HealthosError('request/too-large', `A body may have at most ${maxBytes} bytes here.`);
}

function refuseCoding(): never {
  throw unknownCoding();
}

function unknownCoding(): HealthosError {
  return new HealthosError(
    'request/content-coding',
    `Send the body as it is, or coded as one of ${acceptedCodings}, at most ${MAX_CODINGS} of them in a row.`,
  );
}
