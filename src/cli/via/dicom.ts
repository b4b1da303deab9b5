/** DICOM files to an application entity by C-STORE, each over an association that is kept. */
import { readFileSync } from 'node:fs';
import { fileFault } from '../../config/substitute.ts';
import { networkFault } from '../../connectors/faults.ts';
import { identityOf } from '../../dicom/skim.ts';
import { status } from '../../dimse/command.ts';
import { AssociationFault } from '../../dimse/faults.ts';
import { rejection, type Rejection } from '../../dimse/pdu.ts';
import {
  associate,
  AssociationRejected,
  MAX_CONTEXTS,
  type OutgoingObject,
  type Requestor,
  type RequestorOptions,
} from '../../dimse/requestor.ts';
import { usageError } from '../errors.ts';
import { printable } from '../output.ts';
import type { Payload, Reply, Target, Transmitter } from '../transmit.ts';

/** What came of one file, with null for what was not said. */
export interface DicomAnswer {
  /** `stored`; `refused`, with a status; `failed`: it was not sent, or there was no answer. */
  readonly state: 'stored' | 'refused' | 'failed';
  /** Four hexadecimal digits. */
  readonly status: string | null;
  readonly sop_class: string | null;
  readonly sop_instance: string | null;
  readonly detail: string | null;
  readonly ms: number;
}

type Said = Omit<DicomAnswer, 'sop_class' | 'sop_instance' | 'ms'>;

const USUAL = 'dicom://HEALTHOS@127.0.0.1:11112';
const CALLING_AE = 'HEALTHOS-SEND';
const SILENT_MS = 60_000;

/** Associations are opened as they are needed, with a presentation context for each kind of object there is to send. */
export function openDicom(target: Target, payloads: readonly Payload[]): Transmitter {
  const objects = new Map(payloads.map((payload) => [payload, objectOf(payload)]));
  const options = { ...addressOf(target), contexts: contextsOf([...objects.values()]), silentMs: SILENT_MS };
  const idle: Requestor[] = [];
  return {
    transmit: (payload) => timed(objects.get(payload), (object) => send(object, options, idle)),
    async close() {
      await Promise.all(idle.map((requestor) => requestor.release()));
    },
  };
}

type Address = Pick<RequestorOptions, 'host' | 'port' | 'tls' | 'calledAe' | 'callingAe'>;

/** `dicom://AE@host:port`, or `tls://` for TLS. */
function addressOf({ to = USUAL, ca, callingAe = CALLING_AE }: Target): Address {
  const [, scheme, calledAe = '', host = '', port] =
    /^(dicom|tls):\/\/([^@/]{1,16})@(\[[^\]]+\]|[^:/]+)(?::(\d{1,5}))?\/?$/.exec(to) ?? [];
  if (scheme === undefined) throw usageError(`--to must name the AE title, host and port, such as ${USUAL}.`);
  const authority = ca === undefined ? {} : { ca: readAuthority(ca) };
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port ?? 11112),
    calledAe: decodeURIComponent(calledAe),
    callingAe,
    tls: scheme === 'tls' || ca !== undefined ? authority : undefined,
  };
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw usageError(`The file of --ca cannot be read (${fileFault(thrown)}).`);
  }
}

/** Undefined where the bytes are no DICOM file with a whole meta group. */
function objectOf({ bytes }: Payload): OutgoingObject | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { sopClassUid, sopInstanceUid, transferSyntaxUid, dataSetAt } = identityOf(file) ?? {};
  if (sopClassUid === undefined || sopInstanceUid === undefined || transferSyntaxUid === undefined)
    return undefined;
  return { sopClassUid, sopInstanceUid, transferSyntaxUid, dataSet: file.subarray(dataSetAt) };
}

/** One for each pair of class and encoding, so that every object goes as it is. */
function contextsOf(objects: readonly (OutgoingObject | undefined)[]): RequestorOptions['contexts'] {
  const pairs = new Map<string, RequestorOptions['contexts'][number]>();
  for (const object of objects) {
    if (object === undefined) continue;
    const { sopClassUid: abstractSyntax, transferSyntaxUid } = object;
    pairs.set(`${abstractSyntax} ${transferSyntaxUid}`, {
      abstractSyntax,
      transferSyntaxes: [transferSyntaxUid],
    });
  }
  if (pairs.size <= MAX_CONTEXTS) return [...pairs.values()];
  throw usageError(
    `The files are of more than ${MAX_CONTEXTS} classes and encodings: send them in several runs.`,
  );
}

async function send(object: OutgoingObject, options: RequestorOptions, idle: Requestor[]): Promise<Said> {
  let requestor = idle.pop();
  try {
    requestor ??= await associate(options);
    const said = await store(object, requestor);
    idle.push(requestor);
    return said;
  } catch (thrown) {
    requestor?.abort();
    return { state: 'failed', status: null, detail: explain(thrown) };
  }
}

async function store(object: OutgoingObject, requestor: Requestor): Promise<Said> {
  if (!requestor.accepts(object)) {
    const detail = 'The other end does not take this SOP class in this transfer syntax.';
    return { state: 'failed', status: null, detail };
  }
  const { status: code, comment } = await requestor.store(object);
  const detail = comment === undefined ? null : printable(comment);
  return { state: isStored(code) ? 'stored' : 'refused', status: hex(code), detail };
}

/** Warnings (PS3.7, C.3: 0001, 0107, 0116, and Bxxx) come with an object that is stored. */
function isStored(code: number): boolean {
  return code === status.success || [0x0001, 0x0107, 0x0116].includes(code) || code >>> 12 === 0xb;
}

function hex(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, '0');
}

function explain(thrown: unknown): string {
  if (thrown instanceof AssociationRejected) return rejected(thrown.rejection);
  if (thrown instanceof AssociationFault) return `${thrown.message} It may be stored, or not.`;
  const fault = networkFault(thrown);
  if (fault === undefined) return 'The connection failed: check --to.';
  return `There is no connection (${fault.code}): check --to.`;
}

const reasons: readonly (readonly [Rejection, string])[] = [
  [rejection.calledAe, 'It does not answer to this AE title: check --to.'],
  [rejection.callingAe, 'It does not know our AE title: see --calling-ae.'],
  [rejection.congestion, 'It takes nothing in at the moment. Try again later.'],
  [
    rejection.localLimit,
    'It has as many associations as it takes. Try again later, or with less --concurrency.',
  ],
];

function rejected({ result, source, reason }: Rejection): string {
  const known = reasons.find(
    ([one]) => one.result === result && one.source === source && one.reason === reason,
  );
  return known?.[1] ?? `It rejects the association (result ${result}, source ${source}, reason ${reason}).`;
}

async function timed(
  object: OutgoingObject | undefined,
  transmit: (object: OutgoingObject) => Promise<Said>,
): Promise<Reply> {
  const begun = performance.now();
  const detail = 'This is no DICOM file with a meta group: it can be sent with --via rest.';
  const said =
    object === undefined ? { state: 'failed' as const, status: null, detail } : await transmit(object);
  const ms = performance.now() - begun;
  const named = { sop_class: object?.sopClassUid ?? null, sop_instance: object?.sopInstanceUid ?? null };
  const answer: DicomAnswer = { ...said, ...named, ms };
  return {
    ok: said.state === 'stored',
    outcome: said.state,
    facts: [said.status, named.sop_instance],
    detail: said.detail,
    issues: [],
    ms,
    document: answer,
  };
}
