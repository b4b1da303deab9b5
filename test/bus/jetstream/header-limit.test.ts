import test from 'ava';
import { fitting, MOST_HEADER_BYTES } from '../../../src/bus/jetstream/header-limit.ts';
import { encodeHeaders, parseHeaders } from '../../../src/bus/jetstream/wire-headers.ts';
import { header, type Headers } from '../../../src/messages/envelope.ts';

const verdict: Headers = {
  [header.dataId]: '0190a000-0001-7000-8000-00000000beef',
  [header.verdict]: 'invalid',
  [header.issuesTotal]: '32',
};

function sent(headers: Headers): Headers {
  const bytes = encodeHeaders(headers, 'key');
  assertTaken(bytes);
  return parseHeaders(bytes).headers;
}

function assertTaken(bytes: Uint8Array): void {
  if (bytes.byteLength >= 64 * 1024)
    throw new Error(`JetStream refuses ${bytes.byteLength} bytes of headers.`);
}

test('headers that JetStream takes go as they are', (t) => {
  t.is(fitting(verdict), verdict);
});

test('of more issues than it takes, the first are kept', (t) => {
  const issues = Array.from({ length: 32 }, (_, i) => ({ rule: `x/${i}`, message: 'é'.repeat(3000) }));
  const kept = sent({ ...verdict, [header.issues]: JSON.stringify(issues) });
  t.like(kept, verdict);
  const list: unknown = JSON.parse(kept[header.issues] ?? '');
  t.true(Array.isArray(list) && list.length > 0);
  t.deepEqual(list, issues.slice(0, Array.isArray(list) ? list.length : 0));
});

test('what others put into headers goes first, the largest of it before the small', (t) => {
  const others = {
    'X-Large': 'x'.repeat(MOST_HEADER_BYTES - 500),
    'X-Small': 'small',
    'X-Odd': '\u0001'.repeat(30_000),
  };
  const issues = JSON.stringify([{ rule: 'x/1' }]);
  const kept = sent({ ...others, ...verdict, [header.issues]: issues });
  t.like(kept, { ...verdict, [header.issues]: issues, 'X-Small': 'small' });
  t.is(kept['X-Large'], undefined);
  t.is(kept['X-Odd'], undefined);
});
