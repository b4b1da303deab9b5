/** pyx12, which we did not write, reads our samples and our replies. */
import test from 'ava';
import { x12Engine } from '../../src/validation/x12/index.ts';
import { x12Reply } from '../../src/validation/x12/reply.ts';
import { samplesOf, verdictOf } from '../validation/hl7v2/support.ts';
import { mutantsOf } from '../validation/x12/mutants.ts';
import { pyx12Verdicts } from '../validation/x12/pyx12.ts';

const samples = samplesOf('x12').map(({ name, valid, bytes }) => ({ name, valid, bytes }));
const at = new Date('2026-03-14T12:00:05Z');

let number = 0;

async function repliesTo(bodies: readonly Buffer[]): Promise<string[]> {
  const replies: string[] = [];
  for (const bytes of bodies) {
    const reply = await x12Reply(bytes, verdictOf(x12Engine, bytes), at, () => ++number);
    if (reply !== undefined) replies.push(reply);
  }
  return replies;
}

async function refusedOf(replies: readonly string[]): Promise<string[]> {
  const verdicts = await pyx12Verdicts(replies);
  return replies.filter((_, index) => verdicts[index] !== true);
}

/** A 999 names a set that is of no health care as its sender named it, which pyx12's map of the 999 does not know. */
const ofHealthCare = samples.filter(({ name }) => name !== 'x12-unknown-transaction');

test('pyx12 accepts each sample that is good, where it has its map', async (t) => {
  const good = samples.filter(
    ({ valid, name }) => valid && !/^x12-27[01678]$|837d|version|unknown/.test(name),
  );
  const mild = /npi|balance|state-code|postal-code|character-set|hierarchy-child/;
  const clean = good.filter(({ name }) => !mild.test(name));
  const verdicts = await pyx12Verdicts(clean.map(({ bytes }) => bytes.toString('latin1')));
  t.deepEqual(
    clean.filter((_, index) => verdicts[index] !== true).map(({ name }) => name),
    [],
  );
});

test('pyx12 accepts every 999, 997 and TA1 of ours to a sample', async (t) => {
  const replies = await repliesTo(ofHealthCare.map(({ bytes }) => bytes));
  t.true(replies.some((reply) => reply.includes('~ST*999*')));
  t.true(replies.some((reply) => reply.includes('~ST*997*')));
  t.true(replies.some((reply) => reply.includes('~TA1*')));
  t.true(replies.some((reply) => reply.includes('~CTX*')));
  t.deepEqual(await refusedOf(replies), []);
});

test('pyx12 accepts a TA1 that comes before a 999 because its sender asked for it', async (t) => {
  const asking = ofHealthCare.map(({ bytes }) =>
    Buffer.from(bytes.toString('latin1').replace('*000000101*0*T', '*000000101*1*T'), 'latin1'),
  );
  t.deepEqual(await refusedOf(await repliesTo(asking)), []);
});

test('pyx12 accepts our replies to interchanges with a mistake in their content', async (t) => {
  const inHeaders =
    /version|functional|group-|missing-envelope|unknown-transaction|duplicate|interchange|delimiters/;
  const bodies = samples
    .filter(({ name }) => /^x12-(?:27[01]|277ca|834|835|837[pi]|837p-4010)$/.test(name))
    .flatMap(({ bytes }) => mutantsOf(bytes.toString('latin1')))
    .filter(
      ({ kind, what }, index) => index % 4 === 0 && !inHeaders.test(kind) && !/at (?:ISA|GS|ST),/.test(what),
    )
    .map(({ text }) => Buffer.from(text, 'latin1'));
  const replies = await repliesTo(bodies);
  t.log(`${replies.length} replies`);
  t.deepEqual((await refusedOf(replies)).slice(0, 5), []);
});
