/** DICOM clients that we did not write: dcmtk's tools and pynetdicom; and a gateway to which they send. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { pynetdicomFolder } from '../brokers/download.ts';
import { freePorts } from '../brokers/ports.ts';
import { type GatewayProcess, startGateway, temporaryFolder } from '../running-gateway.ts';

export interface Ran {
  readonly code: number;
  readonly output: string;
}

/** Runs one of dcmtk's tools. Without TCP_NODELAY they wait 40 ms for each answer. */
export function dcmtk(tool: string, args: readonly string[]): Promise<Ran> {
  return run(tool, args, { TCP_NODELAY: '1' });
}

/** Runs Python with pynetdicom. */
export async function python(script: string, args: readonly string[]): Promise<Ran> {
  return run('python3', ['-c', script, ...args], { PYTHONPATH: await pynetdicomFolder() });
}

function run(program: string, args: readonly string[], env: Record<string, string>): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number')
        reject(new Error(`${program} cannot be run`, { cause: error }));
      else resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
    });
  });
}

export interface DicomGateway {
  readonly gateway: GatewayProcess;
  readonly port: number;
  /** Where to start it again. */
  readonly data: string;
  readonly file: string;
}

/** A gateway with a DicomServer and a StowEndpoint; `config` is added to that of the former. */
export async function startDicomGateway(
  t: ExecutionContext,
  config: Readonly<Record<string, unknown>> = {},
): Promise<DicomGateway> {
  const folder = temporaryFolder(t);
  const port = await freePorts(1);
  const file = join(folder, 'dicom.yaml');
  const connectors = [
    { type: 'inbound', id: 'dicom', name: 'DIMSE', config: { type: 'DicomServer', port, ...config } },
    { type: 'inbound', id: 'stow', name: 'STOW', config: { type: 'StowEndpoint' } },
  ];
  writeFileSync(file, JSON.stringify({ connectors }));
  const data = join(folder, 'data');
  return { gateway: await startGateway(t, { data, file }), port, data, file };
}

export interface Item {
  readonly data_id: string;
  readonly state: string;
  readonly bytes: number;
  readonly format: string;
}

/** All messages, oldest first, once each has its verdict. */
export async function messagesOf(gateway: GatewayProcess): Promise<readonly Item[]> {
  await gateway.settled();
  const { items } = await gateway.get<{ items: readonly Item[] }>('/admin/messages?limit=1000');
  return items.toReversed();
}

export async function bodyOf(gateway: GatewayProcess, { data_id }: Pick<Item, 'data_id'>): Promise<Buffer> {
  const answer = await fetch(`${gateway.url}/admin/messages/${data_id}/body`);
  return Buffer.from(await answer.arrayBuffer());
}
