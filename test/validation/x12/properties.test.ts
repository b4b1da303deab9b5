import test from 'ava';
import fc from 'fast-check';
import { x12Engine } from '../../../src/validation/x12/index.ts';
import { x12Reply } from '../../../src/validation/x12/reply.ts';
import { mutated, samplesOf, verdictOf } from '../hl7v2/support.ts';

const samples = samplesOf('x12');
const ids = new Set(x12Engine.rules.map((rule) => rule.id));
const at = new Date('2026-03-14T12:00:00Z');

function isWellFormed(bytes: Uint8Array): boolean {
  const { issues } = verdictOf(x12Engine, bytes, 'strict');
  return issues.every(
    (issue) => ids.has(issue.rule) && issue.message.endsWith('.') && isLocation(issue.location),
  );
}

const isLocation = (location: string): boolean =>
  /^(?:ST(?:\[\d+\])?\/)?(?:\w{1,6}\/)?(?:|segment\[\d+\]|[A-Z][A-Z0-9]{1,2}(?:\[\d+\])?(?:-\d\d+(?:-\d+)?)?)$/.test(
    location,
  );

test('any bytes get a verdict of well-formed findings', (t) => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), isWellFormed));
  t.pass();
});

test('any mutation of a sample gets a verdict of well-formed findings', (t) => {
  fc.assert(fc.property(mutated(samples), isWellFormed), { numRuns: 1500 });
  t.pass();
});

function planted(text: string, canary: string): string[] {
  return text.split('~').flatMap((segment, row, rows) =>
    segment.split('*').flatMap((_, column, elements) => {
      if (column === 0) return [];
      return [rows.with(row, elements.with(column, canary).join('*')).join('~')];
    }),
  );
}

test('no value of a message is in its findings, version or type', (t) => {
  const canary = 'CANARY7F3A';
  for (const sample of samples) {
    const text = sample.bytes.toString('latin1');
    const body = text.slice(0, 106) + text.slice(106).replaceAll(/\*[^*~\n]+/g, `*${canary}`);
    for (const canaried of [...planted(text, canary), body, text.replaceAll(/^[A-Z]/gm, canary)]) {
      const { issues, version, type } = verdictOf(x12Engine, Buffer.from(canaried, 'latin1'), 'strict');
      t.false(JSON.stringify({ issues, version, type }).includes(canary), sample.name);
    }
  }
});

test('a reply to anything is a valid interchange, whatever the original holds', async (t) => {
  const valid = async (bytes: Uint8Array): Promise<boolean> => {
    const reply = await x12Reply(bytes, verdictOf(x12Engine, bytes), at, () => 42);
    if (reply === undefined) return true;
    const names = reply.split('~').map((segment) => segment.split('*')[0]);
    return (
      names[0] === 'ISA' &&
      names.at(-2) === 'IEA' &&
      /^(?:TA1|GS)$/.test(names[1] ?? '') &&
      isEnveloped(reply)
    );
  };
  await fc.assert(fc.asyncProperty(mutated(samples), valid), { numRuns: 500 });
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), valid));
  t.pass();
});

/** Envelopes, counts and segments are right; single values may be as odd as the original's. */
function isEnveloped(reply: string): boolean {
  const structural = /envelope|count|\/control-number|interchange|unknown-segment|delimiters|terminator/;
  // All interchanges of a reply have the number 42 here.
  return verdictOf(x12Engine, Buffer.from(reply)).issues.every(({ rule }) => !structural.test(rule));
}

test('a reply is the same to an original that comes in pieces, wherever it is cut', async (t) => {
  const endless = (bytes: Buffer): Buffer =>
    Buffer.from(bytes.toString('latin1').replace(':~', ':*'), 'latin1');
  const bytes = fc.oneof({ weight: 9, arbitrary: mutated(samples) }, mutated(samples).map(endless));
  const pieces = fc.record({ bytes, size: fc.integer({ min: 1, max: 700 }) });
  await fc.assert(
    fc.asyncProperty(pieces, async ({ bytes, size }) => {
      const verdict = verdictOf(x12Engine, bytes);
      const whole = await x12Reply(bytes, verdict, at, () => 42);
      t.is(await x12Reply(inPieces(bytes, size), verdict, at, () => 42), whole);
    }),
    { numRuns: 300 },
  );
});

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}
