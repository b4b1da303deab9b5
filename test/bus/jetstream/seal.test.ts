import test from 'ava';
import fc from 'fast-check';
import { Seal } from '../../../src/bus/jetstream/seal.ts';
import { header, type Headers } from '../../../src/messages/envelope.ts';

const given: Headers = {
  [header.dataId]: '0190a000-0001-7000-8000-00000000beef',
  [header.connector]: 'rest',
  [header.principal]: 'laboratory',
  [header.parentId]: '0190a000-0001-7000-8000-00000000abcd',
  [header.receivedAt]: '2026-01-01T00:00:00.000Z',
  [header.contentType]: 'application/hl7-v2',
};
const unclaimed: Headers = {
  [header.dataId]: '0190a000-0001-7000-8000-00000000beef',
  [header.contentType]: 'application/hl7-v2',
};
const ours = new Seal('a secret of the gateways');

test('what a gateway sealed is believed, and the seal goes no further', (t) => {
  t.deepEqual(new Seal('a secret of the gateways').take(ours.put(given)), given);
  t.not(ours.put(given)[header.seal], undefined);
});

test('without a seal, or with one of another secret, nothing is believed but what validation finds out itself', (t) => {
  t.deepEqual(ours.take(given), unclaimed);
  t.deepEqual(ours.take(new Seal('a secret of somebody else').put(given)), unclaimed);
  for (const seal of ['', 'x', 'é'.repeat(43), '\ud800'.repeat(43)]) {
    t.deepEqual(ours.take({ ...given, [header.seal]: seal }), unclaimed);
  }
});

test('a seal holds for the message and the claims that it was made for', (t) => {
  const sealed = ours.put(given);
  const names = [header.dataId, header.connector, header.principal, header.parentId, header.receivedAt];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.option(fc.string()), (name, value) => {
      fc.pre(value !== given[name]);
      const { [name]: _gone, ...rest } = sealed;
      const taken = ours.take(value === null ? rest : { ...rest, [name]: value });
      t.deepEqual([taken[header.connector], taken[header.seal]], [undefined, undefined]);
    }),
  );
});

test('where the gateways have no seal, everything is as it is, and a seal says nothing', (t) => {
  const none = new Seal(undefined);
  t.is(none.put(given), given);
  t.is(none.take(given), given);
  t.deepEqual(none.take(ours.put(given)), given);
});
