/** The world around a DicomServer: a port, and an application entity that sends an object over an association of its own. */
import { uids } from '../../src/dicom/uids.ts';
import { associate, type Requestor, type RequestorOptions } from '../../src/dimse/requestor.ts';
import { freePorts } from '../brokers/ports.ts';
import type { Harness, KindHarness } from './connector-contract.ts';
import { dataSetOf, objectOf, secondaryCapture } from './dicom-objects.ts';

export const dicomServerHarness: KindHarness = { open, refused: { ae_title: 'back\\slash' } };

async function open(): Promise<Harness> {
  const port = await freePorts(1);
  return {
    config: { port },
    sentIn: dataSetOf,
    send: (body) => send(port, body).catch(() => 'refused'),
    close: () => Promise.resolve(),
  };
}

async function send(port: number, body: string): Promise<'acknowledged' | 'refused'> {
  const requestor = await openAssociation(port);
  const { status } = await requestor.store(objectOf(body));
  await requestor.release();
  return status === 0 ? 'acknowledged' : 'refused';
}

/** With a context for what `objectOf` makes. */
export function openAssociation(port: number, more: Partial<RequestorOptions> = {}): Promise<Requestor> {
  return associate({
    host: '127.0.0.1',
    port,
    calledAe: 'HEALTHOS',
    callingAe: 'TEST',
    contexts: [{ abstractSyntax: secondaryCapture, transferSyntaxes: [uids.explicitLittleEndian] }],
    silentMs: 30_000,
    ...more,
  });
}
