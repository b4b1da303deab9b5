import test from 'ava';
import fc from 'fast-check';
import { header } from '../../src/messages/envelope.ts';
import { dataIdOf, isDataId, newDataId } from '../../src/messages/identity.ts';

test('new ids are UUIDv7 and grow', (t) => {
  const ids = Array.from({ length: 10_000 }, newDataId);
  t.true(ids.every((id) => isDataId(id) && id[14] === '7'));
  t.deepEqual([...ids].sort(), ids);
});

test('a message has the id of its header', (t) => {
  const id = newDataId();
  t.is(dataIdOf({ headers: { [header.dataId]: id }, seq: 1, storedAt: 1 }), id);
});

test('a foreign message has the same id at each delivery, and no two have the same', (t) => {
  const foreign = fc.record({
    seq: fc.integer({ min: 1, max: 2 ** 40 }),
    storedAt: fc.integer({ min: 0, max: 2 ** 44 }),
  });
  fc.assert(
    fc.property(foreign, foreign, (a, b) => {
      const one = dataIdOf({ headers: {}, ...a });
      const other = dataIdOf({ headers: {}, ...b });
      const same = a.seq === b.seq && a.storedAt === b.storedAt;
      return isDataId(one) && one === dataIdOf({ headers: {}, ...a }) && (one === other) === same;
    }),
  );
  t.pass();
});

for (const hostile of [
  '',
  '../../etc/passwd',
  'x'.repeat(100_000),
  '{}',
  '00000000-0000-7000-8000-00000000000G',
]) {
  test(`a header that is no id is not believed: ${hostile.slice(0, 40) || '(empty)'}`, (t) => {
    const id = dataIdOf({ headers: { [header.dataId]: hostile }, seq: 7, storedAt: 1 });
    t.is(id, dataIdOf({ headers: {}, seq: 7, storedAt: 1 }));
  });
}
