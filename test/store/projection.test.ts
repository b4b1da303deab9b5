import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { StoredMessage } from '../../src/bus/message-bus.ts';
import { subjects } from '../../src/bus/subjects.ts';
import { header } from '../../src/messages/envelope.ts';
import { dataIdOf, derivedIdOf } from '../../src/messages/identity.ts';
import { openJournalFile } from '../../src/store/journal-file.ts';
import type { Journey } from '../../src/store/journal.ts';
import { Journeys } from '../../src/store/journeys.ts';
import { Projection } from '../../src/store/projection.ts';
import { folderFor, happenings, idOf, Stream, streamOf } from './traffic.ts';

function open(t: ExecutionContext) {
  const file = openJournalFile(join(folderFor(t), 'journal.db'));
  t.teardown(() => file.database.close());
  return { file, projection: new Projection(file), journeys: new Journeys(file.database) };
}

function found(journeys: Journeys, dataId: string): Journey {
  const journey = journeys.find(dataId);
  if (journey === undefined) throw new Error('There is no such journey.');
  return journey;
}

/** Every row of every table, as a value to compare. */
function contents(file: ReturnType<typeof openJournalFile>): unknown {
  const tables = ['message', 'verdict', 'issues', 'rule', 'step', 'extent', 'position'];
  const rows = tables.map((table) => file.database.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all());
  return [...rows, file.database.prepare('SELECT * FROM tally WHERE messages != 0').all()];
}

test('a journey shows each step with its time, and the verdict with its issues', (t) => {
  const { projection, journeys } = open(t);
  const stream = new Stream();
  stream.ingress(1);
  stream.invalid(1, ['hl7v2/required-field', 'hl7v2/segment-order']);
  projection.apply(stream.messages);
  const journey = found(journeys, idOf(1));
  t.is(journey.state, 'invalid');
  t.is(journey.content_type, 'application/hl7-v2');
  t.is(journey.version, '2.5.1');
  t.is(journey.type, 'ADT^A01');
  t.is(journey.bytes, 321);
  t.is(journey.issues_total, 2);
  t.deepEqual(
    journey.issues.map(({ rule }) => rule),
    ['hl7v2/required-field', 'hl7v2/segment-order'],
  );
  t.deepEqual(journey.steps, [
    { step: 'received', at: '2031-03-01T08:00:00.001Z', connector: 'rest' },
    { step: 'stored', at: '2031-03-01T08:00:00.001Z' },
    { step: 'invalid', at: '2031-03-01T08:00:00.002Z', issues: 2 },
  ]);
});

test('a replay is a message of its own and a step of its parent, whose state stays', (t) => {
  const { projection, journeys } = open(t);
  const stream = new Stream();
  stream.ingress(1);
  stream.valid(1);
  stream.ingress(2, { [header.parentId]: idOf(1) });
  projection.apply(stream.messages);
  const parent = found(journeys, idOf(1));
  t.is(parent.state, 'valid');
  t.deepEqual(parent.replays, [idOf(2)]);
  t.like(parent.steps.at(-1), { step: 'replayed', data_id: idOf(2) });
  t.is(journeys.find(idOf(2))?.parent_id, idOf(1));
});

test('what outbound connectors did follows the verdict', (t) => {
  const { projection, journeys } = open(t);
  const stream = new Stream();
  stream.ingress(1);
  stream.valid(1);
  stream.put(subjects.delivered, { [header.dataId]: idOf(1), [header.connector]: 'lab' });
  stream.put(subjects.deadletter, { [header.dataId]: idOf(1), [header.connector]: 'archive' });
  projection.apply(stream.messages);
  const journey = found(journeys, idOf(1));
  t.is(journey.state, 'deadletter');
  t.like(journey.steps[3], { step: 'delivered', connector: 'lab' });
  t.like(journey.steps[4], { step: 'deadletter', connector: 'archive' });
});

test('a step that the life of a message does not allow is shown as unexpected and changes no state', (t) => {
  const { projection, journeys } = open(t);
  const stream = new Stream();
  stream.ingress(1);
  stream.put(subjects.delivered, { [header.dataId]: idOf(1), [header.connector]: 'lab' });
  stream.valid(1);
  stream.invalid(1, ['x12/count']);
  const { applied } = projection.apply(stream.messages);
  t.is(applied.filter(({ unexpected }) => unexpected).length, 2);
  const journey = found(journeys, idOf(1));
  t.is(journey.state, 'valid');
  t.deepEqual(
    journey.steps.map(({ step, unexpected }) => [step, unexpected ?? false]),
    [
      ['received', false],
      ['stored', false],
      ['delivered', true],
      ['valid', false],
      ['invalid', true],
    ],
  );
  t.is(journeys.locate(idOf(1))?.seq, 1);
});

test('a message that claims the id of another one gets an id and a journey of its own', (t) => {
  const { projection, journeys } = open(t);
  const stream = new Stream();
  const first = stream.ingress(1);
  const second = stream.ingress(1);
  stream.valid(1, { [header.verdictOn]: String(first.seq) });
  stream.invalid(1, ['x12/count'], { [header.verdictOn]: String(second.seq) });
  const { applied } = projection.apply(stream.messages);
  t.false(applied.some(({ unexpected }) => unexpected));
  const steps = (dataId: string) => found(journeys, dataId).steps.map(({ step }) => step);
  t.deepEqual(steps(idOf(1)), ['received', 'stored', 'valid']);
  t.deepEqual(steps(derivedIdOf(second)), ['received', 'stored', 'invalid']);
  t.is(journeys.locate(idOf(1))?.seq, first.seq);
});

test('a verdict says which message it is about, also where the other one was judged first', (t) => {
  const { projection, journeys } = open(t);
  const stream = new Stream();
  const first = stream.ingress(1);
  const second = stream.ingress(1);
  stream.invalid(1, ['x12/count'], { [header.verdictOn]: String(second.seq) });
  stream.valid(1, { [header.verdictOn]: String(first.seq) });
  projection.apply(stream.messages);
  t.is(found(journeys, idOf(1)).state, 'valid');
  t.is(found(journeys, derivedIdOf(second)).state, 'invalid');
});

test('a verdict on a message that is not known leaves no trace but a count', (t) => {
  const { file, projection } = open(t);
  const before = contents(open(t).file);
  const stream = new Stream();
  stream.valid(7);
  t.is(projection.apply(stream.messages).strays, 1);
  t.is(projection.position, 1);
  file.database.exec('UPDATE position SET seq = 0, stored_at = 0');
  t.deepEqual(contents(file), before);
});

test('a foreign message without a data id gets the same one at every delivery', (t) => {
  const { projection, journeys } = open(t);
  const stream = new Stream();
  const foreign = stream.put(subjects.ingress, { [header.dataId]: 'no uuid' }, 77);
  stream.valid(1, { [header.dataId]: dataIdOf(foreign) });
  projection.apply(stream.messages);
  const journey = found(journeys, dataIdOf(foreign));
  t.is(journey.state, 'valid');
  t.is(journey.connector, null);
  t.is(journey.bytes, 77);
  t.is(journey.received_at, new Date(foreign.storedAt).toISOString());
});

test('messages that are delivered again are applied once', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(happenings, fc.nat(120), (history, back) => {
        const { messages } = streamOf(history);
        const once = open(t);
        once.projection.apply(messages);
        const twice = open(t);
        twice.projection.apply(messages.slice(0, back));
        const again = new Projection({ ...twice.file, position: twice.projection.position });
        again.apply(messages.slice(Math.floor(back / 2)));
        t.deepEqual(contents(twice.file), contents(once.file));
      }),
      { numRuns: 30 },
    ),
  );
});

test('the rows are the same however the stream is cut into batches', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(happenings, fc.integer({ min: 1, max: 40 }), (history, size) => {
        const { messages } = streamOf(history);
        const whole = open(t);
        whole.projection.apply(messages);
        const parts = open(t);
        for (let i = 0; i < messages.length; i += size) parts.projection.apply(messages.slice(i, i + size));
        t.deepEqual(contents(parts.file), contents(whole.file));
      }),
      { numRuns: 30 },
    ),
  );
});

const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom(
    '__proto__',
    '{"__proto__":1}',
    '[[[[',
    '[{"rule":{}}]',
    '1e999',
    '-1',
    'x'.repeat(300_000),
  ),
  fc.json(),
);
const hostileHeaders = fc.dictionary(fc.constantFrom(...Object.values(header)), hostileText);
const hostileMessage = fc.record({
  subject: fc.constantFrom(
    subjects.ingress,
    subjects.errors,
    'lfh.healthos.validated.fhir',
    subjects.delivered,
  ),
  headers: fc.record({ own: hostileHeaders, dataId: fc.option(fc.constantFrom(idOf(1), idOf(2))) }),
});

test('no header can make the journal fail, and what it shows is bounded', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(hostileMessage, { maxLength: 20 }), (history) => {
        const { projection, journeys } = open(t);
        const stream = new Stream();
        for (const { subject, headers } of history)
          stream.put(subject, {
            ...headers.own,
            ...(headers.dataId === null ? {} : { [header.dataId]: headers.dataId }),
          });
        projection.apply(stream.messages);
        const shown = arrivals(stream.messages).map((message) => journeys.find(dataIdOf(message)));
        t.false(shown.includes(undefined));
        t.true(JSON.stringify(shown).length < 200_000 * (shown.length + 1));
      }),
      { numRuns: 60 },
    ),
  );
});

function arrivals(messages: readonly StoredMessage[]): StoredMessage[] {
  return messages.filter(({ subject }) => subject === subjects.ingress);
}

test('names are shown without control characters, which a terminal would obey', (t) => {
  const { projection, journeys } = open(t);
  const stream = new Stream();
  stream.ingress(1, { [header.connector]: '\u001b[2Jward\u0007\n' });
  projection.apply(stream.messages);
  t.is(journeys.find(idOf(1))?.connector, '[2Jward');
});

test('what the bus no longer keeps is dropped by whole extents, and what it keeps stays', (t) => {
  const { file, projection, journeys } = open(t);
  const stream = new Stream(100);
  for (let n = 1; n <= 60; n++) {
    stream.ingress(n);
    stream.invalid(n, ['x12/count']);
  }
  projection.apply(stream.messages);
  while (projection.prune(5000));
  t.is(journeys.find(idOf(1)), undefined);
  const kept = stream.messages.find(({ seq, subject }) => seq >= 5000 && subject === subjects.ingress);
  t.is(journeys.find(dataIdOf(kept ?? stream.ingress(61)))?.state, 'invalid');
  for (const table of ['message', 'verdict', 'issues', 'rule'])
    t.is(file.database.prepare(`SELECT min(seq) >= 4096 AS kept FROM ${table}`).get()?.['kept'], 1);
});
