/** The DICOM connectors with clients that we did not write: dcmtk's echoscu, storescu and dcmsend, and pynetdicom. */
import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import test from 'ava';
import { identityOf } from '../../src/dicom/skim.ts';
import { healthos } from '../cli/cli.ts';
import { fileOf, objectOf } from '../connectors/dicom-objects.ts';
import { openAssociation } from '../connectors/dicom-server-harness.ts';
import { startGateway } from '../running-gateway.ts';
import { bodyOf, dcmtk, messagesOf, python, startDicomGateway } from './dicom-clients.ts';

const sample = (name: string) => new URL(`../../src/samples/dicom/${name}.dcm`, import.meta.url).pathname;
/** Of each encoding one: explicit, implicit, big endian, deflated, encapsulated. */
const samples = ['ct', 'ct-implicit', 'ct-big-endian', 'sc-deflated', 'sc-rle', 'mr', 'sr'];

/** What the network carries of a file: all that follows its meta group. */
function dataSetIn(file: Buffer): string {
  return createHash('sha256')
    .update(file.subarray(identityOf(file)?.dataSetAt))
    .digest('hex');
}

const at = (port: number, calledAe = 'HEALTHOS') => ['-aec', calledAe, '127.0.0.1', String(port)];

test('echoscu is answered, and told why where it calls the wrong title', async (t) => {
  const { port } = await startDicomGateway(t, { calling_ae_titles: ['ECHOSCU'] });
  t.is((await dcmtk('echoscu', at(port))).code, 0);
  const wrong = await dcmtk('echoscu', at(port, 'WRONG'));
  t.not(wrong.code, 0);
  t.regex(wrong.output, /Rejected Permanent.*Service User[\s\S]*Called AE Title Not Recognized/i);
  const foreign = await dcmtk('echoscu', ['-aet', 'FOREIGN', ...at(port)]);
  t.regex(foreign.output, /Calling AE Title Not Recognized/i);
});

test('dcmsend sends files of several classes and encodings, and each is kept with a meta group that says so', async (t) => {
  const { gateway, port } = await startDicomGateway(t);
  const names = ['ct', 'sc-deflated', 'sc-rle', 'mr', 'sr'];
  for (const name of names) {
    const sent = await dcmtk('dcmsend', ['-v', ...at(port), '--decompress-never', sample(name)]);
    t.is(sent.code, 0, sent.output);
  }
  const messages = await messagesOf(gateway);
  const kept = await Promise.all(messages.map((message) => bodyOf(gateway, message)));
  t.is(kept.length, names.length);
  for (const [index, name] of names.entries()) {
    const file = readFileSync(sample(name));
    const body = kept[index] ?? Buffer.alloc(0);
    const sentAs = identityOf(file);
    const keptAs = identityOf(body);
    t.is(keptAs?.sopClassUid, sentAs?.sopClassUid, name);
    t.is(keptAs?.sopInstanceUid, sentAs?.sopInstanceUid, name);
    // dcmtk itself converts between the encodings that are not compressed.
    if (name === 'sc-rle') t.is(dataSetIn(body), dataSetIn(file), name);
    t.is(messages[index]?.state, 'valid', name);
  }
});

const pynetdicomStore = `
import sys
from pydicom import dcmread
from pynetdicom import AE
ae = AE('PYNETDICOM')
files = [dcmread(path) for path in sys.argv[2:]]
for each in files:
    ae.add_requested_context(each.file_meta.MediaStorageSOPClassUID, each.file_meta.TransferSyntaxUID)
association = ae.associate('127.0.0.1', int(sys.argv[1]), ae_title='HEALTHOS')
if not association.is_established:
    rejected = association.acceptor.primitive
    print('rejected', rejected.result, rejected.result_source, rejected.diagnostic)
    sys.exit(3)
for each in files:
    answer = association.send_c_store(each)
    print('%04X' % answer.Status, answer.get('ErrorComment', ''))
association.release()
`;

test('pynetdicom stores each encoding in a context of its own, in order, and all of it arrives', async (t) => {
  const { gateway, port } = await startDicomGateway(t);
  const files = samples.filter((name) => name !== 'sc-deflated').map(sample);
  const { code, output } = await python(pynetdicomStore, [String(port), ...files]);
  t.is(code, 0, output);
  t.is(output, '0000 \n'.repeat(files.length));
  const kept = [];
  for (const message of await messagesOf(gateway)) kept.push(identityOf(await bodyOf(gateway, message)));
  t.deepEqual(
    kept.map((one) => [one?.sopInstanceUid, one?.transferSyntaxUid]),
    files
      .map((file) => identityOf(readFileSync(file)))
      .map((one) => [one?.sopInstanceUid, one?.transferSyntaxUid]),
  );
});

test('the same file twice is one message', async (t) => {
  const { gateway, port } = await startDicomGateway(t);
  for (const _ of [1, 2]) t.is((await dcmtk('storescu', [...at(port), sample('ct')])).code, 0);
  t.is((await messagesOf(gateway)).length, 1);
});

test('while it is paused, an association is rejected as transient; when it goes on, it is accepted', async (t) => {
  const { gateway, port } = await startDicomGateway(t);
  const command = (name: string) =>
    fetch(`${gateway.url}/admin/connectors/dicom/${name}`, { method: 'POST' });
  t.is((await command('pause')).status, 200);
  const paused = await python(pynetdicomStore, [String(port), sample('ct')]);
  t.is(paused.output.trim(), 'rejected 2 3 1');
  t.is((await command('resume')).status, 200);
  t.is((await python(pynetdicomStore, [String(port), sample('ct')])).code, 0);
});

test('an object beyond the limit gets A700, and the association goes on', async (t) => {
  const { port } = await startDicomGateway(t, { max_bytes: 1100 });
  const { output } = await python(pynetdicomStore, [String(port), sample('ct'), sample('sr'), sample('ct')]);
  const [first, second, third] = output.split('\n');
  t.is(first, '0000 ');
  t.regex(second ?? '', /^A700 request\/too-large/);
  t.is(third, '0000 ');
});

test('killed under load, every object that got success is in a journey with its exact data set', async (t) => {
  const { gateway, port, data, file } = await startDicomGateway(t);
  const stored = new Map<string, string>();
  let sent = 0;
  const lanes = Array.from({ length: 4 }, async () => {
    const peer = await openAssociation(port);
    for (;;) {
      // Every other one is large enough for the object store.
      const bytes = Buffer.alloc(sent % 2 === 0 ? 2_000 : 300_000, `${sent} `);
      const object = objectOf(bytes, { sopInstanceUid: `2.25.${1_000_000 + sent++}` });
      if ((await peer.store(object)).status !== 0) return;
      stored.set(object.sopInstanceUid, dataSetIn(fileOf(object)));
      if (stored.size === 150) gateway.kill('SIGKILL');
    }
  });
  await Promise.allSettled(lanes);
  await gateway.exited;
  t.true(stored.size >= 150);
  const again = await startGateway(t, { data, file });
  const kept = new Map<string, string>();
  for (const message of await messagesOf(again)) {
    const body = await bodyOf(again, message);
    kept.set(identityOf(body)?.sopInstanceUid ?? '', dataSetIn(body));
  }
  for (const [uid, hash] of stored) t.is(kept.get(uid), hash, uid);
});

test('healthos send --via dicom sends files as they are, and tells of each', async (t) => {
  const { gateway, port } = await startDicomGateway(t);
  const to = ['--via', 'dicom', '--to', `dicom://HEALTHOS@127.0.0.1:${port}`];
  const { status, stdout } = await healthos([
    'send',
    ...samples.map(sample),
    ...to,
    '--concurrency',
    '3',
    '--count',
    '14',
  ]);
  t.is(status, 0, stdout);
  t.regex(stdout, /14 messages sent: 14 × stored/);
  t.is((await messagesOf(gateway)).length, samples.length);
  const wrong = await healthos([
    'send',
    sample('ct'),
    '--via',
    'dicom',
    '--to',
    `dicom://WRONG@127.0.0.1:${port}`,
  ]);
  t.is(wrong.status, 1);
  t.regex(wrong.stdout, /does not answer to this AE title/);
});

const pydicomStow = `
import sys, urllib.request
from pydicom.dataset import Dataset
body = b''
for path in sys.argv[2:]:
    body += b'--0123456789\\r\\nContent-Type: application/dicom\\r\\n\\r\\n' + open(path, 'rb').read() + b'\\r\\n'
body += b'--0123456789--'
headers = {'Content-Type': 'multipart/related; type="application/dicom"; boundary="0123456789"'}
request = urllib.request.Request(sys.argv[1] + '/dicomweb/studies', body, headers)
with urllib.request.urlopen(request) as answer:
    stored = Dataset.from_json(answer.read().decode()).ReferencedSOPSequence
    print(answer.status, len(stored), stored[0].ReferencedSOPInstanceUID)
`;

test('STOW-RS: what is answered is a data set that pydicom reads', async (t) => {
  const { gateway } = await startDicomGateway(t);
  const { code, output } = await python(pydicomStow, [gateway.url, ...samples.map(sample)]);
  t.is(code, 0, output);
  const first = identityOf(readFileSync(sample('ct')))?.sopInstanceUid ?? '';
  t.is(output.trim(), `200 ${samples.length} ${first}`);
  const kept = await Promise.all((await messagesOf(gateway)).map((message) => bodyOf(gateway, message)));
  t.deepEqual(
    kept,
    samples.map((name) => readFileSync(sample(name))),
  );
});
