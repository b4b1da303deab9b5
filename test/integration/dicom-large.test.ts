/** 500 MB in one object, by C-STORE and by STOW-RS: stored whole, in memory that does not grow with it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import test from 'ava';
import { fileHead } from '../../src/dicom/meta-group.ts';
import { uids } from '../../src/dicom/uids.ts';
import { requestPdu } from '../../src/dimse/associate.ts';
import { commandField, encodeCommand, field, status } from '../../src/dimse/command.ts';
import { Incoming } from '../../src/dimse/incoming.ts';
import { Messages, readPduBody, readPduHead } from '../../src/dimse/messages.ts';
import { control, dataPduHead } from '../../src/dimse/pdu.ts';
import { commandPdus } from '../../src/dimse/sending.ts';
import { secondaryCapture } from '../connectors/dicom-objects.ts';
import type { GatewayProcess } from '../running-gateway.ts';
import { messagesOf, startDicomGateway } from './dicom-clients.ts';

const MIB = 1024 * 1024;
const PIECES = 500;
const MOST_GROWTH = 200 * MIB;
const LIMITS = { max_bytes: 600 * MIB };
const PIECE_PDU = 64 * 1024;

/** What the data set holds is of no interest: it is kept as it comes. */
const piece = Buffer.alloc(MIB, 0x20);
const instance = '2.25.500';

function residentMemory({ pid }: GatewayProcess, what: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(text)?.[1] ?? 0) * 1024;
}

function hashOf(head: Buffer): string {
  const hash = createHash('sha256').update(head);
  for (let sent = 0; sent < PIECES; sent++) hash.update(piece);
  return hash.digest('hex');
}

async function bodyHash(gateway: GatewayProcess, id: string): Promise<string> {
  const answer = await fetch(`${gateway.url}/admin/messages/${id}/body`);
  const hash = createHash('sha256');
  for await (const chunk of answer.body ?? []) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

async function write(socket: Socket, bytes: Buffer): Promise<void> {
  if (!socket.write(bytes)) await once(socket, 'drain');
}

/** A C-STORE whose data set is never held as a whole. Answers with its status. */
async function store(port: number): Promise<number | undefined> {
  const socket = connect(port, '127.0.0.1');
  const incoming = new Incoming(socket, 120_000);
  const contexts = [
    { id: 1, abstractSyntax: secondaryCapture, transferSyntaxes: [uids.explicitLittleEndian] },
  ];
  socket.write(requestPdu({ calledAe: 'HEALTHOS', callingAe: 'LARGE', contexts, maxPdu: 0 }));
  const head = await readPduHead(incoming);
  if (head !== undefined) await readPduBody(incoming, head, MIB);
  const command = encodeCommand(
    new Map<number, number | string>([
      [field.affectedSopClass, secondaryCapture],
      [field.command, commandField.storeRequest],
      [field.messageId, 1],
      [field.priority, 0],
      [field.dataSetType, 0],
      [field.affectedSopInstance, instance],
    ]),
  );
  await write(socket, commandPdus(1, command, PIECE_PDU));
  for (let sent = 0; sent < PIECES; sent++) {
    for (let at = 0; at < MIB; at += PIECE_PDU) {
      const isLast = sent === PIECES - 1 && at + PIECE_PDU === MIB;
      socket.write(dataPduHead(1, isLast ? control.last : 0, PIECE_PDU));
      await write(socket, piece.subarray(at, at + PIECE_PDU));
    }
  }
  const answer = await new Messages(incoming, MIB).next();
  socket.destroy();
  return typeof answer === 'string' ? undefined : answer.numbers.get(field.status);
}

test('an object of 500 MB by C-STORE takes less than 200 MB of memory above idle', async (t) => {
  const { gateway, port } = await startDicomGateway(t, LIMITS);
  const idle = residentMemory(gateway, 'VmRSS');
  t.is(await store(port), status.success);
  const [message] = await messagesOf(gateway);
  const growth = residentMemory(gateway, 'VmHWM') - idle;
  t.log(`idle ${Math.round(idle / MIB)} MiB, grown by ${Math.round(growth / MIB)} MiB at most`);
  t.true(growth < MOST_GROWTH);
  const meta = {
    sopClassUid: secondaryCapture,
    sopInstanceUid: instance,
    transferSyntaxUid: uids.explicitLittleEndian,
  };
  const head = fileHead({ ...meta, sendingAe: 'LARGE', receivingAe: 'HEALTHOS' });
  t.is(message?.bytes, head.length + PIECES * MIB);
  t.is(await bodyHash(gateway, message?.data_id ?? ''), hashOf(head));
});

async function post(url: string, head: Buffer): Promise<number | undefined> {
  const headers = { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=limit' };
  const sent = request(`${url}/dicomweb/studies`, { method: 'POST', headers });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  const put = async (bytes: Buffer | string) => {
    if (!sent.write(bytes)) await once(sent, 'drain');
  };
  await put('--limit\r\nContent-Type: application/dicom\r\n\r\n');
  await put(head);
  for (let count = 0; count < PIECES; count++) await put(piece);
  sent.end('\r\n--limit--\r\n');
  const [answer] = await answered;
  answer.resume();
  return answer.statusCode;
}

test('an object of 500 MB by STOW-RS takes less than 200 MB of memory above idle', async (t) => {
  const { gateway } = await startDicomGateway(t);
  const meta = {
    sopClassUid: secondaryCapture,
    sopInstanceUid: instance,
    transferSyntaxUid: uids.explicitLittleEndian,
  };
  const head = fileHead({ ...meta, sendingAe: 'LARGE', receivingAe: 'HEALTHOS' });
  const idle = residentMemory(gateway, 'VmRSS');
  t.is(await post(gateway.url, head), 200);
  const [message] = await messagesOf(gateway);
  const growth = residentMemory(gateway, 'VmHWM') - idle;
  t.log(`idle ${Math.round(idle / MIB)} MiB, grown by ${Math.round(growth / MIB)} MiB at most`);
  t.true(growth < MOST_GROWTH);
  t.is(await bodyHash(gateway, message?.data_id ?? ''), hashOf(head));
});
