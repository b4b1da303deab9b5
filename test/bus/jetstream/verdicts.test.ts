import test from 'ava';
import { isVerdict, publishVerdict } from '../../../src/bus/jetstream/verdicts.ts';
import type { Stored } from '../../../src/bus/message-bus.ts';
import { subjects } from '../../../src/bus/subjects.ts';
import { header, type Headers } from '../../../src/messages/envelope.ts';
import { derivedIdOf } from '../../../src/messages/identity.ts';

const ID = '0190a000-0001-7000-8000-00000000beef';
const KEY = `${ID}/verdict`;
const claims = { [header.dataId]: ID };
const verdict = { ...claims, [header.verdict]: 'valid' };

function messageAt(seq: number, headers: Headers = claims) {
  return { seq, subject: subjects.ingress, headers, storedAt: 1_900_000_000_000 };
}

/** A stream that only knows duplicate keys. */
function stream() {
  const kept: { readonly headers: Headers; readonly key: string }[] = [];
  const publish = (headers: Headers, key: string): Promise<Stored> => {
    const seq = kept.findIndex((each) => each.key === key) + 1;
    if (seq > 0) return Promise.resolve({ seq, duplicate: true });
    kept.push({ headers, key });
    return Promise.resolve({ seq: kept.length, duplicate: false });
  };
  return { kept, publish, headersAt: (seq: number) => Promise.resolve(kept[seq - 1]?.headers) };
}

test('a verdict says which message it is about, and has the duplicate key of the contract', async (t) => {
  const port = stream();
  await publishVerdict(messageAt(7), verdict, KEY, port);
  t.deepEqual(port.kept, [{ headers: { ...verdict, [header.verdictOn]: '7' }, key: KEY }]);
});

test('the verdict on a redelivered message is not published a second time', async (t) => {
  const port = stream();
  await publishVerdict(messageAt(7), verdict, KEY, port);
  await publishVerdict(messageAt(7), verdict, KEY, port);
  t.is(port.kept.length, 1);
});

test('a message that claims the id of another one gets a verdict under an id of its own', async (t) => {
  const port = stream();
  const later = messageAt(9);
  await publishVerdict(messageAt(7), verdict, KEY, port);
  await publishVerdict(later, verdict, KEY, port);
  await publishVerdict(later, verdict, KEY, port);
  t.is(port.kept.length, 2);
  t.is(port.kept[1]?.headers[header.dataId], derivedIdOf(later));
  t.is(port.kept[1]?.headers[header.verdictOn], '9');
});

test('whoever uses the keys of a verdict beforehand does not keep it away', async (t) => {
  const port = stream();
  await port.publish({}, KEY);
  await port.publish({}, `${ID}/7/verdict`);
  await publishVerdict(messageAt(7), verdict, KEY, port);
  const last = port.kept.at(-1)?.headers ?? {};
  t.is(last[header.dataId], ID);
  t.is(last[header.verdictOn], '7');
});

test('only what is published of a received message, with a verdict, is one', (t) => {
  t.true(isVerdict(messageAt(1), verdict));
  t.false(isVerdict(messageAt(1), claims));
  t.false(isVerdict({ subject: subjects.errors }, verdict));
});
