/**
 * How fast objects are stored by C-STORE on one association, durably, with validation and journal at work: beside dcmtk's
 * storescp (which syncs nothing) and a receiver on pynetdicom that syncs each file. The client is dcmtk's storescu for all
 * of them, in turns, in the same run.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { pynetdicomFolder } from '../brokers/download.ts';
import { freePort, startGateway } from './gateway.ts';
import { type BenchResult, median, result } from './result.ts';

const ROUNDS = 5;

interface Kind {
  readonly name: string;
  readonly files: number;
  readonly rows: number;
}

/** 525 KB, and 9 KB. */
const kinds: readonly Kind[] = [
  { name: 'CT', files: 100, rows: 512 },
  { name: 'small', files: 150, rows: 64 },
];

interface Receiver {
  readonly name: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function benchDicom(): Promise<readonly BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'healthos-bench-'));
  const receivers: Receiver[] = [];
  try {
    receivers.push(await gateway(folder), await pynetdicom(folder), await dcmtk(folder));
    const results: BenchResult[] = [];
    for (const kind of kinds) results.push(...(await compare(kind, receivers, folder)));
    return results;
  } finally {
    await Promise.all(receivers.map((receiver) => receiver.close()));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(
  kind: Kind,
  receivers: readonly Receiver[],
  folder: string,
): Promise<readonly BenchResult[]> {
  const rates = new Map<string, number[]>(receivers.map(({ name }) => [name, []]));
  // The first round warms up, and is not counted.
  for (let round = 0; round <= ROUNDS; round++) {
    const files = writeFiles(join(folder, `${kind.name}-${round}`), kind, round);
    for (const { name, port } of receivers) {
      const rate = await send(files, kind.files, port);
      if (round > 0) rates.get(name)?.push(rate);
    }
    process.stderr.write(`${kind.name} ${round}/${ROUNDS}\n`);
  }
  const of = (name: string) => median(rates.get(name) ?? []);
  const line = (what: string, value: number, unit: string, goal?: number) =>
    result('dicom', `${kind.name}: ${what}`, value, unit, 'higher', goal);
  return [
    ...receivers.map(({ name }) => line(name, of(name), '1/s')),
    line('share of pynetdicom', of('gateway') / of('pynetdicom'), 'ratio', 1),
    line('share of dcmtk', of('gateway') / of('dcmtk'), 'ratio'),
  ];
}

const run = promisify(execFile);

/** Objects a second, the start of the client included. Without TCP_NODELAY it waits 40 ms for each answer. */
async function send(folder: string, count: number, port: number): Promise<number> {
  const env = { ...process.env, TCP_NODELAY: '1' };
  const begun = performance.now();
  await run('storescu', ['-aec', 'HEALTHOS', '127.0.0.1', String(port), '+sd', folder], { env });
  return count / ((performance.now() - begun) / 1000);
}

const sample = readFileSync(new URL('../../src/samples/dicom/ct.dcm', import.meta.url));
const SAMPLE_UID = '2.25.17342960815101';

/** Each an object of its own, as large as the kind says. */
function writeFiles(folder: string, { files, rows }: Kind, round: number): string {
  mkdirSync(folder);
  const pixels = Buffer.alloc(rows * rows * 2, round);
  for (let file = 0; file < files; file++) {
    const number = String(round * files + file + rows * 1_000_000);
    const uid = `2.25.${number.padStart(SAMPLE_UID.length - 5, '1')}`;
    writeFileSync(join(folder, `${file}.dcm`), withPixels(withUid(uid), rows, pixels));
  }
  return folder;
}

function withUid(uid: string): Buffer {
  return Buffer.from(sample.toString('latin1').replaceAll(SAMPLE_UID, uid), 'latin1');
}

/** Explicit VR little endian: rows and columns are of VR US, and pixel data is the last element. */
function withPixels(file: Buffer, rows: number, pixels: Buffer): Buffer {
  for (const element of [0x10, 0x11]) {
    const at = file.indexOf(Buffer.from([0x28, 0x00, element, 0x00, 0x55, 0x53]));
    file.writeUInt16LE(rows, at + 8);
  }
  const at = file.lastIndexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(pixels.length);
  return Buffer.concat([file.subarray(0, at + 8), length, pixels]);
}

async function gateway(folder: string): Promise<Receiver> {
  const port = await freePort();
  const config = { type: 'DicomServer', port };
  const connectors = [{ type: 'inbound', id: 'dicom', name: 'DIMSE', config }];
  const started = await startGateway(folder, (http) => JSON.stringify({ app: { port: http }, connectors }));
  return { name: 'gateway', port, close: () => started.stop() };
}

const receiver = `
import os, sys
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, evt
def keep(event):
    with open(os.path.join(sys.argv[2], event.request.AffectedSOPInstanceUID), 'wb') as file:
        file.write(event.encoded_dataset())
        file.flush()
        os.fsync(file.fileno())
    return 0
ae = AE('HEALTHOS')
ae.maximum_pdu_size = 131072
for each in AllStoragePresentationContexts:
    ae.add_supported_context(each.abstract_syntax, ALL_TRANSFER_SYNTAXES)
ae.start_server(('127.0.0.1', int(sys.argv[1])), evt_handlers=[(evt.EVT_C_STORE, keep)])
`;

async function pynetdicom(folder: string): Promise<Receiver> {
  const port = await freePort();
  const kept = join(folder, 'pynetdicom');
  mkdirSync(kept);
  const env = { ...process.env, PYTHONPATH: await pynetdicomFolder() };
  return opened(
    'pynetdicom',
    port,
    spawn('python3', ['-c', receiver, String(port), kept], { env, stdio: 'ignore' }),
  );
}

async function dcmtk(folder: string): Promise<Receiver> {
  const port = await freePort();
  const kept = join(folder, 'dcmtk');
  mkdirSync(kept);
  const env = { ...process.env, TCP_NODELAY: '1' };
  const args = ['-aet', 'HEALTHOS', '-pdu', '131072', '-od', kept, String(port)];
  return opened('dcmtk', port, spawn('storescp', args, { env, stdio: 'ignore' }));
}

async function opened(name: string, port: number, child: ChildProcess): Promise<Receiver> {
  while (!(await isOpen(port))) {
    if (child.exitCode !== null) throw new Error(`The receiver ${name} ended at its start.`);
    await setTimeout(50);
  }
  return {
    name,
    port,
    async close() {
      child.kill('SIGKILL');
      if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
    },
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
