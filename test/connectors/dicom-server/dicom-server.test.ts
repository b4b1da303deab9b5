/** A DicomServer on a real port: whom it lets in, what it answers, and how associations end. */
import { once } from 'node:events';
import { connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { dicomServer } from '../../../src/connectors/dicom-server/index.ts';
import { encodeCommand, field, NO_DATA_SET } from '../../../src/dimse/command.ts';
import { requestPdu } from '../../../src/dimse/associate.ts';
import { identityOf } from '../../../src/dicom/skim.ts';
import { uids } from '../../../src/dicom/uids.ts';
import { AssociationRejected } from '../../../src/dimse/requestor.ts';
import { abortPdu, pduType, rejection, type Rejection } from '../../../src/dimse/pdu.ts';
import { commandPdus } from '../../../src/dimse/sending.ts';
import { HealthosError } from '../../../src/errors.ts';
import { isClaimCheck, type Arrival, type Deliver } from '../../../src/messages/envelope.ts';
import { freePorts } from '../../brokers/ports.ts';
import { brokerCertificates } from '../../brokers/certificates.ts';
import { memoryStore } from '../../http/ingress-fixture.ts';
import { temporaryFolder } from '../../running-gateway.ts';
import { contextOf, receipt, start } from '../contract-world.ts';
import { dataSetOf, objectOf, secondaryCapture } from '../dicom-objects.ts';
import { openAssociation } from '../dicom-server-harness.ts';

interface Server {
  readonly port: number;
  readonly arrivals: readonly Arrival[];
  readonly refused: readonly (string | undefined)[];
  readonly objects: ReadonlyMap<string, Buffer>;
  readonly end: () => Promise<void>;
}

async function serve(t: ExecutionContext, config: object = {}, deliver?: Deliver): Promise<Server> {
  const port = await freePorts(1);
  const memory = memoryStore();
  const { context, refused } = contextOf(undefined, memory.store);
  const whole = dicomServer.schema.validate({ port, ...config });
  if (whole.error !== undefined) throw whole.error;
  const connector = dicomServer.create(whole.value, context);
  const arrivals: Arrival[] = [];
  const session = await start(connector, (arrival) => {
    arrivals.push(arrival);
    return deliver?.(arrival) ?? Promise.resolve(receipt);
  });
  t.teardown(async () => {
    await session.end();
    await connector.close();
  });
  return { port, arrivals, refused, objects: memory.objects, end: session.end };
}

async function rejected(t: ExecutionContext, opening: Promise<unknown>, why: Rejection): Promise<void> {
  const error = await t.throwsAsync(opening, { instanceOf: AssociationRejected });
  t.deepEqual(error.rejection, why);
}

test('titles that are not on the lists are rejected for good, each with its reason', async (t) => {
  const { port, refused } = await serve(t, { called_ae_titles: ['SECOND'], calling_ae_titles: ['TEST'] });
  await rejected(t, openAssociation(port, { calledAe: 'OTHER' }), rejection.calledAe);
  await rejected(t, openAssociation(port, { callingAe: 'OTHER' }), rejection.callingAe);
  for (const calledAe of ['HEALTHOS', 'SECOND']) await (await openAssociation(port, { calledAe })).release();
  t.deepEqual(refused, ['request/forbidden', 'request/forbidden']);
});

test('one association more than are allowed is rejected as transient, until another is released', async (t) => {
  const { port } = await serve(t, { max_associations: 1 });
  const first = await openAssociation(port);
  await rejected(t, openAssociation(port), rejection.localLimit);
  await first.release();
  await (await openAssociation(port)).release();
});

test('classes that are not for storage are not accepted, private ones are', async (t) => {
  const { port } = await serve(t);
  const find = '1.2.840.10008.5.1.4.1.2.1.1';
  const own = '1.3.46.670589.5.0.1';
  const transferSyntaxes = ['1.2.840.10008.1.2.4.201', uids.explicitLittleEndian];
  const contexts = [find, own].map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes }));
  const requestor = await openAssociation(port, { contexts });
  t.false(requestor.accepts({ sopClassUid: find, transferSyntaxUid: uids.explicitLittleEndian }));
  t.true(requestor.accepts({ sopClassUid: own, transferSyntaxUid: '1.2.840.10008.1.2.4.201' }));
  await requestor.release();
});

test('objects of one association are delivered in order, small ones in memory, large ones by claim check', async (t) => {
  const { port, arrivals, objects } = await serve(t);
  const requestor = await openAssociation(port);
  const sizes = [10, 300_000, 0, 700_000, 20];
  for (const [id, size] of sizes.entries()) {
    const object = objectOf(Buffer.alloc(size, id), { sopInstanceUid: `2.25.${id + 1}` });
    t.is((await requestor.store(object)).status, 0);
  }
  await requestor.release();
  const files = arrivals.map(({ body }) =>
    isClaimCheck(body) ? (objects.get(body.ref) ?? Buffer.alloc(0)) : body,
  );
  t.deepEqual(
    files.map((file) => dataSetOf(file).length),
    sizes,
  );
  for (const [id, file] of files.entries()) {
    t.like(identityOf(Buffer.from(file)), {
      sopClassUid: secondaryCapture,
      sopInstanceUid: `2.25.${id + 1}`,
    });
  }
  t.is(new Set(arrivals.map(({ sourceKey }) => sourceKey)).size, sizes.length);
});

test('what cannot be stored now gets A700, a bug 0110, and the association goes on', async (t) => {
  const codes = ['bus/full', 'bus/unavailable', 'internal/bug'] as const;
  let turn = 0;
  const { port } = await serve(t, { max_bytes: 100_000 }, () => {
    const code = codes[turn++];
    return code === undefined
      ? Promise.resolve(receipt)
      : Promise.reject(new HealthosError(code, 'Not now.'));
  });
  const requestor = await openAssociation(port);
  const answers = [];
  for (const size of [1, 1, 1, 200_000, 1]) answers.push(await requestor.store(objectOf(Buffer.alloc(size))));
  t.deepEqual(
    answers.map(({ status }) => status),
    [0xa700, 0xa700, 0x0110, 0xa700, 0],
  );
  t.regex(answers[0]?.comment ?? '', /^bus\/full: /);
  t.regex(answers[3]?.comment ?? '', /^request\/too-large: /);
  await requestor.release();
});

/** Sends bytes as they are; answers with what comes back until the connection ends. */
async function exchange(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(Buffer.from(chunk))).on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks);
}

test('what is no DICOM is answered with an A-ABORT', async (t) => {
  const { port } = await serve(t);
  const answer = await exchange(port, Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  t.is(answer[0], pduType.abort);
});

test('another command than C-ECHO and C-STORE is told to be unknown', async (t) => {
  const { port } = await serve(t);
  const contexts = [
    { id: 1, abstractSyntax: uids.verification, transferSyntaxes: [uids.implicitLittleEndian] },
  ];
  const find = encodeCommand(
    new Map([
      [field.command, 0x0020],
      [field.messageId, 7],
      [field.dataSetType, NO_DATA_SET],
    ]),
  );
  const release = Buffer.from([pduType.releaseRequest, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
  const request = requestPdu({ calledAe: 'HEALTHOS', callingAe: 'T', contexts, maxPdu: 0 });
  const answer = await exchange(port, Buffer.concat([request, commandPdus(1, find, 0), release]));
  t.true(answer.includes(Buffer.from([0x00, 0x00, 0x00, 0x09, 2, 0, 0, 0, 0x11, 0x02])));
  t.true(answer.subarray(-10).equals(Buffer.from([pduType.releaseResponse, 0, 0, 0, 0, 4, 0, 0, 0, 0])));
});

test('what is sent to be stored under Verification, which has nothing to store, is refused', async (t) => {
  const { port, arrivals, refused } = await serve(t);
  const requestor = await openAssociation(port, {
    contexts: [{ abstractSyntax: uids.verification, transferSyntaxes: [uids.implicitLittleEndian] }],
  });
  const { status } = await requestor.store({
    sopClassUid: uids.verification,
    sopInstanceUid: '1.2.3',
    transferSyntaxUid: uids.implicitLittleEndian,
    dataSet: Buffer.alloc(8),
  });
  await requestor.release();
  t.is(status, 0x0122);
  t.deepEqual([arrivals, refused], [[], ['request/malformed']]);
});

test('who connects and aborts is not answered', async (t) => {
  const { port, refused } = await serve(t);
  t.is((await exchange(port, abortPdu(0))).length, 0);
  t.deepEqual(refused, []);
});

test('an association on which nothing comes is aborted', async (t) => {
  const { port } = await serve(t, { idle_timeout_s: 1 });
  const contexts = [
    { id: 1, abstractSyntax: uids.verification, transferSyntaxes: [uids.implicitLittleEndian] },
  ];
  const answer = await exchange(
    port,
    requestPdu({ calledAe: 'HEALTHOS', callingAe: 'T', contexts, maxPdu: 0 }),
  );
  t.deepEqual([...answer.subarray(-10)], [pduType.abort, 0, 0, 0, 0, 4, 0, 0, 2, 0]);
});

test('an association that is open when the connector ends is aborted', async (t) => {
  const { port, end } = await serve(t);
  const requestor = await openAssociation(port);
  await end();
  await t.throwsAsync(requestor.store(objectOf('late')));
  requestor.abort();
});

test('over TLS, and with an authority for clients only to those whom it knows', async (t) => {
  const { ca, server } = await brokerCertificates(temporaryFolder(t));
  const tls = { cert: server.certPath, key: server.keyPath };
  const open = await serve(t, { tls });
  const requestor = await openAssociation(open.port, { host: 'localhost', tls: { ca: ca.pem } });
  t.is((await requestor.store(objectOf('secret'))).status, 0);
  await requestor.release();
  const closed = await serve(t, { tls: { ...tls, client_ca: ca.path } });
  await t.throwsAsync(openAssociation(closed.port, { host: 'localhost', tls: { ca: ca.pem } }));
});

test('a port that is taken, and a certificate that is none, are told in words', async (t) => {
  const { port } = await serve(t);
  await t.throwsAsync(serve(t, { port }), {
    code: 'listen/address-taken',
    message: /Another program, or another connector, listens/,
  });
  const key = new URL('../../../package.json', import.meta.url).pathname;
  await t.throwsAsync(serve(t, { tls: { cert: key, key } }), { code: 'listen/certificate' });
  await t.throwsAsync(serve(t, { tls: { cert: '/nowhere', key } }), { code: 'listen/certificate' });
});
