import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { formats, header } from '../../src/messages/envelope.ts';
import { openJournalFile } from '../../src/store/journal-file.ts';
import { type JourneyItem, type JourneyQuery, messageStates } from '../../src/store/journal.ts';
import { Journeys } from '../../src/store/journeys.ts';
import { Projection } from '../../src/store/projection.ts';
import { Search } from '../../src/store/search.ts';
import { folderFor, happenings, idOf, START, Stream, streamOf } from './traffic.ts';

function open(t: ExecutionContext, stream: Stream) {
  const file = openJournalFile(join(folderFor(t), 'journal.db'));
  t.teardown(() => file.database.close());
  const projection = new Projection(file);
  projection.apply(stream.messages);
  return { projection, search: new Search(file.database), journeys: new Journeys(file.database) };
}

const ids = (items: readonly JourneyItem[]) => items.map(({ data_id }) => data_id);

async function all(search: Search, query: JourneyQuery): Promise<JourneyItem[]> {
  const items: JourneyItem[] = [];
  let cursor: string | undefined;
  do {
    const page = await search.find({ ...query, cursor });
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return items;
}

const queries = fc.record<JourneyQuery>(
  {
    state: fc.constantFrom(...messageStates),
    format: fc.constantFrom(...formats, 'unknown'),
    connector: fc.constantFrom('rest', 'mllp', 'nowhere'),
    rule: fc.constantFrom('x12/count', 'hl7v2/required-field'),
    since: fc.nat(5000).map((ms) => new Date(START + ms).toISOString()),
    until: fc.nat(5000).map((ms) => new Date(START + ms).toISOString()),
    limit: fc.integer({ min: 1, max: 5 }),
  },
  { requiredKeys: [] },
);

test('a search finds exactly the messages that match, newest first, whatever the size of its pages', async (t) => {
  await t.notThrowsAsync(
    fc.assert(
      fc.asyncProperty(happenings, queries, async (history, query) => {
        const { search, journeys } = open(t, streamOf(history));
        const everything = await all(search, { limit: 1000 });
        const expected = everything.filter((item) => {
          const rules = journeys.find(item.data_id)?.issues.map(({ rule }) => rule) ?? [];
          return (
            (query.state ?? item.state) === item.state &&
            (query.format ?? item.format ?? 'unknown') === (item.format ?? 'unknown') &&
            (query.connector ?? item.connector) === item.connector &&
            (query.rule === undefined || rules.includes(query.rule)) &&
            (query.since ?? '') <= item.received_at &&
            item.received_at <= (query.until ?? '9')
          );
        });
        t.deepEqual(ids(await all(search, query)), ids(expected));
      }),
      { numRuns: 80 },
    ),
  );
});

test('a cursor goes on where its page ended while new messages come', async (t) => {
  const stream = new Stream();
  for (let n = 1; n <= 10; n++) stream.ingress(n);
  const { projection, search } = open(t, stream);
  const first = await search.find({ limit: 4 });
  projection.apply([stream.ingress(11), stream.valid(5)]);
  const second = await search.find({ limit: 4, cursor: first.next ?? '' });
  t.deepEqual(ids(first.items), [10, 9, 8, 7].map(idOf));
  t.deepEqual(ids(second.items), [6, 5, 4, 3].map(idOf));
  t.is((await search.find({ limit: 2, cursor: second.next ?? '' })).next, null);
});

test('q finds the beginning of a data id, a control id or a sender, and nothing inside of them', async (t) => {
  const stream = new Stream();
  for (const n of [1, 2, 0xabc]) stream.ingress(n);
  stream.valid(1, { [header.controlId]: 'MSG00001', [header.sender]: 'HOSP^LAB' });
  stream.valid(2, { [header.controlId]: 'MSG00002', [header.sender]: 'CLINIC' });
  const { search } = open(t, stream);
  const found = async (q: string) => ids((await search.find({ q })).items);
  t.deepEqual(await found('MSG0000'), [2, 1].map(idOf));
  t.deepEqual(await found('MSG00001'), [idOf(1)]);
  t.deepEqual(await found('HOSP'), [idOf(1)]);
  t.deepEqual(await found('00001'), []);
  t.deepEqual(await found(idOf(0xabc)), [idOf(0xabc)]);
  t.deepEqual(await found(idOf(0xabc).slice(0, 13).toUpperCase()), [idOf(0xabc)]);
  t.deepEqual(await found('0190a000-'), [0xabc, 2, 1].map(idOf));
  t.deepEqual(await found("' OR 1=1 --"), []);
});

test('control ids and senders are never shown', async (t) => {
  const stream = new Stream();
  stream.ingress(1);
  stream.valid(1, { [header.controlId]: 'CANARY-CONTROL', [header.sender]: 'CANARY-SENDER' });
  const { search, journeys } = open(t, stream);
  t.notRegex(JSON.stringify([await search.find({ q: 'CANARY' }), journeys.find(idOf(1))]), /CANARY/);
  t.is((await search.find({ q: 'CANARY' })).items.length, 1);
});

test('a limit, a time or a cursor that is none is refused', async (t) => {
  const { search } = open(t, new Stream());
  const queriesRefused: JourneyQuery[] = [
    { limit: 0 },
    { limit: 1001 },
    { limit: 1.5 },
    { limit: Number.NaN },
    { since: 'yesterday' },
    { until: '2031-13-45T00:00:00Z' },
    { cursor: '' },
    { cursor: 'YmVmb3JlIHg' },
  ];
  for (const query of queriesRefused) await t.throwsAsync(search.find(query), { code: 'request/malformed' });
});
