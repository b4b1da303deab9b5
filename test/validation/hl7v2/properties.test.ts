import test from 'ava';
import fc from 'fast-check';
import { hl7v2Engine } from '../../../src/validation/hl7v2/index.ts';
import { hl7Reply } from '../../../src/validation/hl7v2/reply.ts';
import { mutated, samplesOf, verdictOf } from './support.ts';

const samples = samplesOf('hl7v2');
const ids = new Set(hl7v2Engine.rules.map((rule) => rule.id));
const at = new Date('2026-03-14T12:00:00Z');

/** Never throws, and says nothing that is no finding. */
function isWellFormed(bytes: Uint8Array): boolean {
  const verdict = verdictOf(hl7v2Engine, bytes, 'strict');
  return verdict.issues.every(
    (issue) =>
      ids.has(issue.rule) &&
      issue.message.endsWith('.') &&
      /^HL7 v2/.test(issue.spec) &&
      isLocation(issue.location),
  );
}

const isLocation = (location: string): boolean =>
  /^(?:message\[\d+\]\/)?(?:|segment\[\d+\]|[A-Z][A-Z0-9]{2}(?:\[\d+\])?(?:-\d+(?:\[\d+\])?(?:\.\d+){0,2})?)$/.test(
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

/** Each value of a sample in turn is a secret: also the names of what stands in for a value, such as MSH-9. */
function planted(text: string, canary: string): string[] {
  return text.split('\r').flatMap((segment, row, rows) =>
    segment.split('|').flatMap((_, column, fields) => {
      if (column === 0) return [];
      const changed = fields.with(column, canary).join('|');
      return [rows.with(row, changed).join('\r')];
    }),
  );
}

test('no value of a message is in its findings, version or type', (t) => {
  const canary = 'CANARY7F3A';
  for (const sample of samples) {
    const text = sample.bytes.toString('latin1');
    for (const canaried of [
      ...planted(text, canary),
      text.replaceAll(/\|[^|\r]+/g, `|${canary}`),
      text.replaceAll(/^[A-Z]/gm, canary),
    ]) {
      const { issues, version, type } = verdictOf(hl7v2Engine, Buffer.from(canaried, 'latin1'), 'strict');
      t.false(JSON.stringify({ issues, version, type }).includes(canary), sample.name);
    }
  }
});

test('a reply to anything is a header, an acknowledgement and errors, whatever the original holds', (t) => {
  const wellFormed = (bytes: Uint8Array): boolean => {
    const reply = hl7Reply(bytes, verdictOf(hl7v2Engine, bytes), at, 'R1');
    const names = reply
      .toString('latin1')
      .split('\r')
      .map((segment) => segment.slice(0, 3));
    return (
      names[0] === 'MSH' &&
      names[1] === 'MSA' &&
      names.at(-1) === '' &&
      names.slice(2, -1).every((name) => name === 'ERR')
    );
  };
  fc.assert(fc.property(mutated(samples), wellFormed), { numRuns: 500 });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), wellFormed));
  t.pass();
});
