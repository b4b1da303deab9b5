/**
 * The load: a process of its own that posts one body over kept connections, one request at a time on each, and measures
 * what a client sees. Spare, since it shares the machine with what it measures.
 */
import { connect, type Socket } from 'node:net';

/** What the process is told: `rate` 0 is as fast as the answers come. */
export interface LoadOrder {
  readonly port: number;
  readonly path: string;
  readonly contentType: string;
  /** base64 */
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
  readonly rate: number;
}

/** What it tells when the time is over: answers by status, and the times to answer in milliseconds. */
export interface LoadReport {
  readonly accepted: number;
  readonly refused: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

function requestOf(order: LoadOrder): Buffer {
  const body = Buffer.from(order.body, 'base64');
  const head =
    `POST ${order.path} HTTP/1.1\r\nHost: 127.0.0.1:${order.port}\r\n` +
    `Content-Type: ${order.contentType}\r\nContent-Length: ${body.byteLength}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** Is a whole answer in hand? They have a length and a body of some hundred bytes. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /content-length: (\d+)/i.exec(text)?.[1];
  return length !== undefined && text.length >= end + 4 + Number(length);
}

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function run(order: LoadOrder): Promise<LoadReport> {
  const request = requestOf(order);
  const times: number[] = [];
  let accepted = 0;
  let refused = 0;
  const begun = performance.now();
  const end = begun + order.seconds * 1000;
  let sent = 0;
  const idle: (() => void)[] = [];
  const mayBeSent = () => (order.rate === 0 ? Infinity : ((performance.now() - begun) / 1000) * order.rate);
  const pace = setInterval(() => {
    for (let budget = mayBeSent() - sent; budget >= 1 && idle.length > 0; budget--) idle.shift()?.();
  }, 2);

  function drive(socket: Socket, done: () => void): void {
    let at = 0;
    let text = '';
    const send = () => {
      sent++;
      at = performance.now();
      socket.write(request);
    };
    const next = () => {
      if (performance.now() >= end) {
        socket.destroy();
        done();
      } else if (sent < mayBeSent()) send();
      else idle.push(next);
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (!isWhole(text)) return;
      times.push(performance.now() - at);
      if (text.startsWith('HTTP/1.1 202')) accepted++;
      else refused++;
      text = '';
      next();
    });
    socket.on('connect', send);
    socket.on('error', done);
  }

  const all = Array.from(
    { length: order.connections },
    () =>
      new Promise<void>((resolve) =>
        drive(connect({ port: order.port, host: '127.0.0.1', noDelay: true }), resolve),
      ),
  );
  const timeIsUp = new Promise<void>((resolve) => setTimeout(resolve, order.seconds * 1000 + 5000).unref());
  return Promise.race([Promise.all(all), timeIsUp]).then(() => {
    clearInterval(pace);
    const sorted = Float64Array.from(times).sort();
    const seconds = (performance.now() - begun) / 1000;
    return { accepted, refused, seconds, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
  });
}

process.on('message', (order: LoadOrder) => {
  void run(order).then((report) => process.send?.(report));
});
process.on('disconnect', () => process.exit());
