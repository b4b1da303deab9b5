/**
 * The load of the MLLP bench: a process of its own that sends one message at a time on each of its connections, every one
 * with a control id of its own, and counts what is answered AA. Spare, since it shares the machine with what it measures.
 */
import { connect, type Socket } from 'node:net';

export interface MllpOrder {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** What every control id of this turn begins with; six characters. */
  readonly turn: string;
}

export interface MllpReport {
  readonly accepted: number;
  readonly refused: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const ID_DIGITS = 8;
const PLACE = '0'.repeat(ID_DIGITS);

/** An ADT^A01 of 1 KB. Synthetic. */
function frameOf(turn: string): { readonly frame: Buffer; readonly idAt: number } {
  const head = `\x0bMSH|^~\\&|LAB|NORTH|EHR|SOUTH|20260301120000||ADT^A01^ADT_A01|${turn}`;
  const rest =
    '|P|2.5.1\rEVN|A01|20260301120000\r' +
    'PID|1||4711^^^NORTH^MR||DOE^JANE^Q||19700101|F|||1 MAIN ST^^SPRINGFIELD^IL^62701||5550100|||M\r' +
    'NK1|1|DOE^JOHN|SPO|1 MAIN ST^^SPRINGFIELD^IL^62701|5550101\r' +
    'PV1|1|I|WARD^101^1|||||||||||||||1234^^^NORTH^VN\rAL1|1|DA|PENICILLIN\r';
  const text = `${head}${PLACE}${rest}`;
  const padding = `ZPD|${'A'.repeat(1024 - text.length - 5)}\r`;
  return { frame: Buffer.from(`${text}${padding}\x1c\r`), idAt: head.length };
}

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function run({ port, connections, seconds, turn }: MllpOrder): Promise<MllpReport> {
  const { frame, idAt } = frameOf(turn);
  const times: number[] = [];
  const begun = performance.now();
  const end = begun + seconds * 1000;
  let next = 0;
  let accepted = 0;
  let refused = 0;

  function drive(socket: Socket, done: () => void): void {
    let at = 0;
    let answer = '';
    const send = () => {
      at = performance.now();
      const own = Buffer.from(frame);
      own.write(String(next++).padStart(ID_DIGITS, '0'), idAt, 'latin1');
      socket.write(own);
    };
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (!answer.endsWith('\x1c\r')) return;
      times.push(performance.now() - at);
      if (answer.includes('MSA|AA|')) accepted++;
      else refused++;
      answer = '';
      if (performance.now() < end) send();
      else {
        socket.destroy();
        done();
      }
    });
    socket.on('connect', send);
    socket.on('error', done);
  }

  const all = Array.from({ length: connections }, () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    drive(connect({ port, host: '127.0.0.1', noDelay: true }), () => resolve(undefined));
    return promise;
  });
  const timeIsUp = new Promise((resolve) => setTimeout(resolve, seconds * 1000 + 5000).unref());
  return Promise.race([Promise.all(all), timeIsUp]).then(() => {
    const sorted = Float64Array.from(times).sort();
    const taken = (performance.now() - begun) / 1000;
    return { accepted, refused, seconds: taken, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
  });
}

process.on('message', (order: MllpOrder) => {
  void run(order).then((report) => process.send?.(report));
});
process.on('disconnect', () => process.exit());
