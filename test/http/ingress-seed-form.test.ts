/** The seed's form is read as any reader of JSON would, without building what is around the message. */
import test from 'ava';
import fc from 'fast-check';
import { maybeSeedForm, seedMessage } from '../../src/http/seed-form.ts';

function message(text: string): string | undefined {
  const bytes = seedMessage(Buffer.from(text));
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

const anyText = fc.string({ unit: 'grapheme' });

test('Whatever the string holds, and whatever stands beside it, the message is the string', (t) => {
  const members = fc.dictionary(anyText, fc.jsonValue({ maxDepth: 4 }));
  const property = fc.property(members, anyText, fc.nat({ max: 4 }), (others, data, indent) => {
    const body = { ...others, data };
    const expected = Object.hasOwn(body, 'resourceType') ? undefined : data;
    return message(JSON.stringify(body, null, indent)) === expected;
  });
  fc.assert(property);
  t.pass();
});

test('No bytes make it throw, and what it finds in them is what JSON.parse finds', (t) => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '\\',
    'data',
    '"data"',
    '"x"',
    '1',
    'null',
    ' ',
    '\n',
  );
  const property = fc.property(fc.array(pieces, { maxLength: 24 }), (parts) => {
    const text = parts.join('');
    const found = message(text);
    return isJson(text) ? found === expected(text) : true;
  });
  fc.assert(property, { numRuns: 2000 });
  const bytes = fc.property(fc.uint8Array(), (each) => {
    seedMessage(each);
    maybeSeedForm(each);
  });
  fc.assert(bytes);
  t.pass();
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function expected(text: string): string | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const data: unknown = Object.getOwnPropertyDescriptor(value, 'data')?.value;
  return typeof data === 'string' ? data : undefined;
}

test('Escapes are undone; a lone surrogate becomes the replacement character', (t) => {
  t.is(message('{"data":"a\\r\\n\\t\\"\\\\\\u00e9\\ud83d\\ude00"}'), 'a\r\n\t"\\é😀');
  t.is(message('{"data":"\\ud800"}'), '\ufffd');
});

test('Of a member that comes twice the last one counts, as everywhere', (t) => {
  t.is(message('{"data":"one","data":"two"}'), 'two');
  t.is(message('{"data":"one","data":2}'), undefined);
});

test('A byte order mark and white space around it do not matter, what follows does', (t) => {
  t.is(message('\ufeff \r\n{ "data" : "x" }\t\n'), 'x');
  t.is(message('{"data":"x"}{'), undefined);
});

test('What is no JSON is no seed', (t) => {
  const bodies = [
    '',
    '{',
    '{"data',
    '{"data"',
    '{"data":',
    '{"data":"x"',
    '{"data":"x",}',
    '{"data":"a\rb"}',
    '{data:"x"}',
  ];
  for (const body of bodies) t.is(message(body), undefined, body);
  t.is(seedMessage(Buffer.from('7b2264617461223a22ff227d', 'hex')), undefined);
});

test('The beginning tells what cannot be of the form', (t) => {
  for (const head of ['{"data":"…', ' {"other":', '{', '{"resourceType', '\ufeff{"data"']) {
    t.true(maybeSeedForm(Buffer.from(head)), head);
  }
  for (const head of ['[{"data":', '{"resourceType":"Bundle"', ' { "resourceType"', 'MSH|', '']) {
    t.false(maybeSeedForm(Buffer.from(head)), head);
  }
});
