/** DIMSE messages out of the bytes of a connection, however these are cut. */
import { Readable } from 'node:stream';
import test from 'ava';
import fc from 'fast-check';
import { encodeCommand, field, parseCommand } from '../../src/dimse/command.ts';
import { AssociationFault } from '../../src/dimse/faults.ts';
import { Incoming } from '../../src/dimse/incoming.ts';
import { hasDataSet, Messages } from '../../src/dimse/messages.ts';
import { abortPdu, pdu, pduType, releasePdu } from '../../src/dimse/pdu.ts';
import { commandPdus, dataSetPdus } from '../../src/dimse/sending.ts';

const MAX_PDU = 1024;

/** Reads all messages: each the number of its command with its data set, then how it ended. */
async function readAll(bytes: Buffer, cuts: readonly number[]): Promise<unknown[]> {
  const incoming = new Incoming(Readable.from(pieces(bytes, cuts), { objectMode: false }), 60_000);
  const messages = new Messages(incoming, MAX_PDU);
  const read: unknown[] = [];
  try {
    for (;;) {
      const message = await messages.next();
      if (typeof message === 'string') return [...read, message];
      const parts: Buffer[] = [];
      if (hasDataSet(message)) for await (const part of messages.dataSet(message.contextId)) parts.push(part);
      read.push([message.numbers.get(field.messageId), Buffer.concat(parts).toString('hex')]);
    }
  } catch (error) {
    if (error instanceof AssociationFault) return [...read, error.kind];
    throw error;
  } finally {
    incoming.close();
  }
}

function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

function storeOf(id: number, dataSet: Buffer, maxPdu: number): Buffer {
  const command = encodeCommand(
    new Map<number, number | string>([
      [field.command, 1],
      [field.messageId, id],
      [field.dataSetType, 0],
      [field.affectedSopClass, '1.2.3'],
    ]),
  );
  return Buffer.concat([commandPdus(1, command, maxPdu), ...dataSetPdus(1, dataSet, maxPdu)]);
}

const cuts = fc.array(fc.nat(), { maxLength: 12 });
const dataSets = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 4 });

test('messages are read as they were written, whatever the sizes of PDUs and of what arrives', async (t) => {
  await fc.assert(
    fc.asyncProperty(dataSets, fc.integer({ min: 7, max: MAX_PDU }), cuts, async (all, maxPdu, where) => {
      const stores = all.map((dataSet, id) => storeOf(id, Buffer.from(dataSet), maxPdu));
      const bytes = Buffer.concat([...stores, releasePdu(pduType.releaseRequest)]);
      const written = all.map((dataSet, id) => [id, Buffer.from(dataSet).toString('hex')]);
      t.deepEqual(await readAll(bytes, where), [...written, 'release-requested']);
    }),
    { numRuns: 60 },
  );
});

test('bytes that were changed or cut off end the association, and nothing else', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat({ max: 255 }), fc.nat(), async (at, byte, end) => {
      const bytes = storeOf(1, Buffer.alloc(500, 7), 128);
      bytes[at % bytes.length] = byte;
      await readAll(bytes.subarray(0, end % (bytes.length + 1)), []);
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('a PDU that is longer than was announced is a violation before it is read', async (t) => {
  const head = Buffer.from([pduType.data, 0, 0xff, 0xff, 0xff, 0xff]);
  t.deepEqual(await readAll(head, []), ['violation']);
});

test('to abort or to go away in the middle of an object is no violation, to ask for the release is one', async (t) => {
  const begun = storeOf(1, Buffer.alloc(500, 7), 128).subarray(0, -24);
  t.deepEqual(await readAll(Buffer.concat([begun, abortPdu(0)]), []), ['ended']);
  t.deepEqual(await readAll(begun, []), ['ended']);
  t.deepEqual(await readAll(Buffer.concat([begun, releasePdu(pduType.releaseRequest)]), []), ['violation']);
});

test('what is no PDU, and an association request in the middle, are violations', async (t) => {
  t.deepEqual(await readAll(Buffer.from('GET / HTTP/1.1\r\n\r\n'), []), ['violation']);
  t.deepEqual(await readAll(pdu(pduType.associateRequest, Buffer.alloc(68)), []), ['violation']);
});

test('whatever the bytes are, a command set is read or is none', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      parseCommand(Buffer.from(bytes));
    }),
    { numRuns: 2_000 },
  );
  t.is(parseCommand(Buffer.from('0000')), undefined);
});
