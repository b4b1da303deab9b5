/** What a sender is answered, and when: original and enhanced mode, refusals, duplicates, verdicts. */
import test from 'ava';
import { HealthosError } from '../../../src/errors.ts';
import type { ErrorCode } from '../../../src/errors.ts';
import type { Receipt } from '../../../src/messages/envelope.ts';
import type { Journey } from '../../../src/store/journal.ts';
import { message } from './client.ts';
import { judged, receiptOf, serve } from './serving.ts';

const failing = (code: ErrorCode) => () => Promise.reject(new HealthosError(code, 'Not now.'));

/** MSH-15 and MSH-16. */
const asking = (id: string, accept: string, application: string) =>
  message(id, `|||${accept}|${application}`);

const valid = () => Promise.resolve(judged('valid'));
const invalid = () => Promise.resolve(judged('invalid'));

test('AA comes when the message is stored, with an id of its own, the sender and receiver exchanged', async (t) => {
  const { connect } = await serve(t);
  const sender = await connect();
  sender.send(message('42'));
  const reply = (await sender.next()) ?? '';
  t.regex(
    reply,
    /^MSH\|\^~\\&\|EHR\|SOUTH\|LAB\|NORTH\|\d{14}\+0000\|\|ACK\^A01\^ACK\|A[0-9A-F]{19}\|P\|2\.5\.1\rMSA\|AA\|42\r$/,
  );
});

test('a message of any other kind, without a readable MSH, is stored and answered AE with what is missing', async (t) => {
  const { connect, delivered } = await serve(t, { verdict: valid });
  for (const body of ['ISA*00*', 'MSHA', 'MSH', '{"resourceType":"Patient"}', 'PID|1\r']) {
    const sender = await connect();
    sender.send(body);
    t.regex((await sender.next()) ?? '', /\rMSA\|AE\|\rERR\|.*no MSH segment/, body);
    t.is(delivered.at(-1), body);
  }
});

test('with ack: validated the answer follows the verdict', async (t) => {
  const cases = [
    [judged('valid'), 'AA 1'],
    [judged('invalid'), 'AE 1'],
    [judged('invalid', 'hl7v2/version'), 'AR 1'],
  ] as const;
  for (const [journey, expected] of cases) {
    const verdict = Promise.withResolvers<Journey>();
    const { connect, session } = await serve(t, {
      config: { ack: 'validated' },
      verdict: () => verdict.promise,
    });
    const sender = await connect();
    sender.send(message('1'));
    await session.arrived;
    verdict.resolve(journey);
    t.is(await sender.answer(), expected);
  }
});

test('a sender who waits for a verdict that does not come is told nothing, and never AA', async (t) => {
  for (const verdict of [
    () => Promise.resolve(undefined),
    () => Promise.resolve(judged('received')),
    () => Promise.reject(new HealthosError('journal/unavailable', 'Rebuilding.')),
  ]) {
    const { connect } = await serve(t, { config: { ack: 'validated' }, verdict });
    const sender = await connect();
    sender.send(message('1'), message('2'));
    t.is(await sender.answer(), undefined);
  }
});

const yes = { AL: true, NE: false, ER: false, SU: true } as const;
const no = { AL: true, NE: false, ER: true, SU: false } as const;
const conditions = ['AL', 'NE', 'ER', 'SU'] as const;

for (const accept of conditions) {
  for (const application of conditions) {
    test(`MSH-15 ${accept} and MSH-16 ${application} are obeyed, for a good and for a bad message`, async (t) => {
      for (const verdict of [valid, invalid]) {
        const { connect } = await serve(t, { verdict });
        const sender = await connect();
        sender.send(asking('1', accept, application), message('2'));
        const code = verdict === valid ? 'AA' : 'AE';
        const judgedIs = verdict === valid ? yes : no;
        const expected = [
          ...(yes[accept] ? ['CA 1'] : []),
          ...(judgedIs[application] ? [`${code} 1`] : []),
          'AA 2',
        ];
        const answers = await sender.answers(expected.length);
        // The next message's answer may come before the one on the content of this one.
        t.deepEqual(answers.toSorted(), expected.toSorted());
        if (yes[accept]) t.is(answers[0], 'CA 1');
      }
    });
  }
}

test('the answer on storage does not wait for a verdict, neither its own nor that of the message before', async (t) => {
  const verdicts: ((journey: Journey) => void)[] = [];
  const { connect } = await serve(t, { verdict: () => new Promise((resolve) => verdicts.push(resolve)) });
  const sender = await connect();
  sender.send(asking('1', 'AL', 'AL'), asking('2', 'AL', 'AL'));
  const commits = [await sender.next(), await sender.next()];
  for (const resolve of verdicts.toReversed()) resolve(judged('valid'));
  const contents = [await sender.next(), await sender.next()];
  const codes = [...commits, ...contents].map((reply) => /MSA\|..\|./.exec(reply ?? '')?.[0]);
  t.deepEqual(codes, ['MSA|CA|1', 'MSA|CA|2', 'MSA|AA|1', 'MSA|AA|2']);
  const ids = [...commits, ...contents].map((reply) => reply?.split('|')[9]);
  t.is(new Set(ids).size, 4, 'each answer has an id of its own');
});

test('one of MSH-15 and MSH-16 is enough for the enhanced mode; the other then is never', async (t) => {
  const { connect } = await serve(t, { verdict: valid });
  const sender = await connect();
  sender.send(asking('1', 'AL', ''), asking('2', '', 'AL'), asking('3', '""', '""'), asking('4', 'NE', 'NE'));
  sender.send(asking('5', 'al', ''));
  t.deepEqual((await sender.answers(4)).toSorted(), ['AA 2', 'AA 3', 'CA 1', 'CA 5']);
});

test('an acknowledgement is stored and never acknowledged', async (t) => {
  const { connect, delivered } = await serve(t, { verdict: valid });
  const sender = await connect();
  const ack = 'MSH|^~\\&|A|B|C|D|20260301||ACK^A01^ACK|9|P|2.5.1|||AL|AL\rMSA|AA|1\r';
  const response = 'MSH|^~\\&|A|B|C|D|20260301||RSP^K22|9|P|2.5.1\rSFT|X\rMSA|AA|1\r';
  sender.send(ack, response, message('1'));
  t.is(await sender.answer(), 'AA 1');
  t.is(delivered.length, 3);
});

for (const code of ['bus/full', 'bus/unavailable', 'bus/timeout', 'connector/not-consuming'] as const) {
  test(`while nothing is stored (${code}): no AA; the end of the connection, or AR; in the enhanced mode CR`, async (t) => {
    const { connect } = await serve(t, { deliver: failing(code) });
    const plain = await connect();
    plain.send(message('1'));
    t.is(await plain.answer(), undefined);
    const enhanced = await connect();
    enhanced.send(asking('1', 'AL', 'AL'), asking('2', 'ER', ''), asking('3', 'SU', ''));
    t.deepEqual(await enhanced.answers(3), ['CR 1', 'CR 2', undefined]);
    const told = await serve(t, { deliver: failing(code), config: { when_refusing: 'nak' } });
    const sender = await told.connect();
    sender.send(message('1'), message('2'));
    t.deepEqual(await sender.answers(2), ['AR 1', 'AR 2']);
  });
}

test('what no second try would mend is answered so: AE, or CE', async (t) => {
  const { connect } = await serve(t, { deliver: failing('request/too-large') });
  const sender = await connect();
  sender.send(message('1'), asking('2', 'AL', ''));
  t.deepEqual(await sender.answers(2), ['AE 1', 'CE 2']);
});

test('after a message that was not taken none that follows is, and those before it are answered', async (t) => {
  const refusing = Promise.withResolvers<Receipt>();
  const first = Promise.withResolvers<Receipt>();
  const outcomes = [first.promise, refusing.promise, Promise.resolve(receiptOf())];
  const { connect, delivered } = await serve(t, { deliver: () => outcomes.shift() ?? t.fail() });
  const sender = await connect();
  sender.send(message('1'), message('2'), message('3'));
  while (delivered.length < 3) await new Promise(setImmediate);
  refusing.reject(new HealthosError('bus/timeout', 'Slow.'));
  sender.send(message('4'));
  first.resolve(receiptOf());
  t.deepEqual(await sender.answers(2), ['AA 1', undefined]);
  t.false(delivered.includes(message('4')) && (await sender.answer()) !== undefined);
});

test('while it is paused a sender is refused without a word to the bus, and served again afterwards', async (t) => {
  const { connect, accept, delivered, refused } = await serve(t);
  const [open, late] = await Promise.all([connect(), connect()]);
  accept(false);
  open.send(message('1'));
  t.is(await open.answer(), undefined);
  t.deepEqual(refused, ['connector/not-consuming']);
  accept(true);
  late.send(message('2'));
  t.is(await late.answer(), 'AA 2');
  t.deepEqual(delivered, [message('2')]);
});

test('the same bytes have one identity and get the same answer, on any connection; without MSH-10 there is none', async (t) => {
  const stored = new Map<string | undefined, Receipt>();
  const { connect, arrivals } = await serve(t, {
    deliver({ sourceKey }) {
      const first = stored.get(sourceKey);
      stored.set(sourceKey, first ?? receiptOf());
      return Promise.resolve(first ? { ...first, duplicate: true } : (stored.get(sourceKey) ?? receiptOf()));
    },
  });
  const [one, other] = await Promise.all([connect(), connect()]);
  one.send(message('1'));
  const answer = await one.next();
  other.send(message('1'));
  t.is(await other.next(), answer);
  one.send(message(''), message(''));
  await one.answers(2);
  t.deepEqual(
    arrivals.map(({ sourceKey }) => sourceKey === undefined),
    [false, false, true, true],
  );
});

test('other bytes under an old control id of the same sender are stored, and flagged to sender, log and readers', async (t) => {
  const { connect, delivered, arrivals, log } = await serve(t, { verdict: valid });
  const sender = await connect();
  const elsewhere = message('1').replace('LAB', 'WARD');
  sender.send(message('1'), `${message('1')}NTE|1\r`, elsewhere, message('1'));
  const replies = [await sender.next(), await sender.next(), await sender.next(), await sender.next()];
  t.deepEqual(
    replies.map((reply) =>
      reply?.includes('205^Duplicate key identifier^HL70357|W|message/control-id-reused'),
    ),
    [false, true, false, false],
  );
  t.true(replies.every((reply) => reply?.includes('\rMSA|AA|1\r')));
  t.is(delivered.length, 4);
  t.is(arrivals[1]?.source?.['Healthos-Source-Control-Id'], 'reused');
  const told = log.filter(({ msg }) => msg === 'mllp.control-id-reused');
  t.is(told.length, 1);
  t.is(typeof told[0]?.['data_id'], 'string');
});
