/** What is written as an association request or acceptance is read as it was; anything else is refused in one way. */
import test from 'ava';
import fc from 'fast-check';
import { acceptPdu, parseAccept, parseRequest, requestPdu } from '../../src/dimse/associate.ts';
import { AssociationFault } from '../../src/dimse/faults.ts';
import { PDU_HEAD_BYTES } from '../../src/dimse/pdu.ts';

const uid = fc.stringMatching(/^[1-9](\.[1-9][0-9]{0,5}){1,8}$/);
const title = fc.stringMatching(/^[A-Z0-9_]{1,16}$/);
const maxPdu = fc.nat({ max: 0xffff_ffff });

const request = fc.record({
  calledAe: title,
  callingAe: title,
  contexts: fc.uniqueArray(
    fc.record({
      id: fc.nat({ max: 255 }),
      abstractSyntax: uid,
      transferSyntaxes: fc.array(uid, { maxLength: 5 }),
    }),
    { maxLength: 10, selector: ({ id }) => id },
  ),
  maxPdu,
});

test('a request is read as it was written', (t) => {
  fc.assert(
    fc.property(request, (written) => {
      const read = parseRequest(requestPdu(written).subarray(PDU_HEAD_BYTES));
      t.like(read, { ...written, protocolVersion: 1, applicationContext: '1.2.840.10008.3.1.1.1' });
    }),
  );
});

test('two contexts of one id are a fault: nobody could tell for which of them a message is', (t) => {
  const context = { id: 1, abstractSyntax: '1.2', transferSyntaxes: ['1.2.3'] };
  const bytes = requestPdu({ calledAe: 'A', callingAe: 'B', contexts: [context, context], maxPdu: 0 });
  t.throws(() => parseRequest(bytes.subarray(PDU_HEAD_BYTES)), { instanceOf: AssociationFault });
});

test('an acceptance is read as it was written', (t) => {
  const answers = fc.array(
    fc.record({ id: fc.nat({ max: 255 }), result: fc.nat({ max: 4 }), transferSyntax: uid }),
  );
  fc.assert(
    fc.property(request, answers, maxPdu, (asked, contexts, max) => {
      const bytes = acceptPdu(asked, { contexts, maxPdu: max }).subarray(PDU_HEAD_BYTES);
      t.deepEqual(parseAccept(bytes), { contexts, maxPdu: max });
    }),
  );
});

test('whatever the bytes are, they are read or are a fault of the association', (t) => {
  const whole = fc.uint8Array({ maxLength: 300 });
  const mutated = fc.tuple(request, fc.nat(), fc.nat({ max: 255 })).map(([one, at, byte]) => {
    const bytes = requestPdu(one).subarray(PDU_HEAD_BYTES);
    bytes[at % bytes.length] = byte;
    return bytes.subarray(0, bytes.length - (at % 7));
  });
  fc.assert(
    fc.property(fc.oneof(whole, mutated), (bytes) => {
      for (const parse of [parseRequest, parseAccept]) {
        try {
          parse(Buffer.from(bytes));
        } catch (error) {
          if (!(error instanceof AssociationFault)) throw error;
        }
      }
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});
