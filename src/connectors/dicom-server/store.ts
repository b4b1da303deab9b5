/** C-STORE (PS3.7, 9.1.1; PS3.4, annex B): an object becomes a file, and success is told once the file is stored. */
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { ObjectStore } from '../../bus/message-bus.ts';
import { fileHead } from '../../dicom/meta-group.ts';
import { isStorageClass, isUid } from '../../dicom/uids.ts';
import { field, status } from '../../dimse/command.ts';
import { AssociationFault } from '../../dimse/faults.ts';
import { hasDataSet, passOver, type Command } from '../../dimse/messages.ts';
import { asHealthosError, HealthosError } from '../../errors.ts';
import { createTokenBucket } from '../../http/token-bucket.ts';
import { bodyFrom } from '../../messages/claim-check.ts';
import { isClaimCheck, type Arrival, type Body, type Deliver } from '../../messages/envelope.ts';
import type { ConnectorContext } from '../connector.ts';
import type { Association, PresentationContext, Station } from './association.ts';

/** What a command is answered with. */
export interface Outcome {
  readonly status: number;
  /** (0000,0902): at most 64 characters. */
  readonly comment?: string;
}

/** The way of an object into the gateway. */
export interface Store {
  readonly deliver: Deliver;
  readonly objects: ObjectStore;
  /** Resolves when it is an object's turn: DIMSE is synchronous, so a sender that waits is slowed down, and loses nothing. */
  readonly turn: () => Promise<void>;
}

export function createStore(context: ConnectorContext, deliver: Deliver, stopping: AbortSignal): Store {
  const { rateLimit, objects } = context;
  const bucket = rateLimit && createTokenBucket(rateLimit.per_second, rateLimit.burst);
  return {
    deliver,
    objects,
    async turn() {
      for (let wait = bucket?.take() ?? 0; wait > 0; wait = bucket?.take() ?? 0) {
        await setTimeout(wait * 1000, undefined, { signal: stopping }).catch(stopped);
      }
    },
  };
}

function stopped(): never {
  throw new AssociationFault('stopped', 'The connector takes nothing more in.');
}

/** Answers with success only when the object is stored. Whatever becomes of it, its data set has been read to the end. */
export async function storeObject(
  command: Command,
  presentation: PresentationContext,
  association: Association,
  station: Station,
): Promise<Outcome> {
  if (!hasDataSet(command)) return malformed(status.invalidInstance, 'There is no data set', station);
  const dataSet = association.messages.dataSet(command.contextId);
  const outcome = await outcomeOf(command, presentation, dataSet, association, station);
  await passOver(dataSet);
  return outcome;
}

async function outcomeOf(
  command: Command,
  presentation: PresentationContext,
  dataSet: AsyncGenerator<Buffer>,
  association: Association,
  station: Station,
): Promise<Outcome> {
  const sopClassUid = command.texts.get(field.affectedSopClass) ?? '';
  const sopInstanceUid = command.texts.get(field.affectedSopInstance) ?? '';
  if (sopClassUid !== presentation.abstractSyntax) {
    return malformed(status.classNotSupported, 'The SOP class is not that of the context', station);
  }
  if (!isStorageClass(sopClassUid)) {
    return malformed(status.classNotSupported, 'The SOP class has nothing to store', station);
  }
  if (!isUid(sopInstanceUid)) {
    return malformed(status.invalidInstance, 'The SOP instance UID is none', station);
  }
  const { calledAe: receivingAe, callingAe: sendingAe } = association.request;
  const { transferSyntax: transferSyntaxUid } = presentation;
  const head = fileHead({ sopClassUid, sopInstanceUid, transferSyntaxUid, sendingAe, receivingAe });
  return taken(fileOf(head, dataSet, station.config.max_bytes), sopInstanceUid, association, station);
}

/** What ends the association is passed on; what concerns this object alone is told by its status. */
async function taken(
  file: AsyncIterable<Buffer>,
  sopInstanceUid: string,
  association: Association,
  station: Station,
): Promise<Outcome> {
  try {
    const { store, body } = await received(file, station);
    await store.deliver(arrivalOf(body, sopInstanceUid, association));
    association.messages.release();
    return { status: status.success };
  } catch (thrown) {
    if (thrown instanceof AssociationFault) throw thrown;
    return refusalOf(asHealthosError(thrown), station);
  }
}

interface Received {
  readonly store: Store;
  readonly body: Body;
}

/** What is refused here is counted here: `deliver` never hears of it. */
async function received(file: AsyncIterable<Buffer>, { context, store }: Station): Promise<Received> {
  try {
    if (store === undefined || !context.accepting()) throw notConsuming(context.id);
    await store.turn();
    return { store, body: await bodyFrom(file, store.objects) };
  } catch (thrown) {
    if (!(thrown instanceof AssociationFault)) context.countRefused(asHealthosError(thrown).code);
    throw thrown;
  }
}

/** Head and data set, up to the limit. Who leaves it early leaves the data set where it is, to be passed over. */
async function* fileOf(
  head: Buffer,
  dataSet: AsyncGenerator<Buffer>,
  maxBytes: number,
): AsyncGenerator<Buffer> {
  yield head;
  let size = head.length;
  for (let next = await dataSet.next(); next.done !== true; next = await dataSet.next()) {
    size += next.value.length;
    if (size > maxBytes) {
      throw new HealthosError('request/too-large', `An object may have at most ${maxBytes} bytes here.`);
    }
    yield next.value;
  }
}

/** The same file under the same SOP instance UID is the same message: a sender that got no answer sends it again. */
function arrivalOf(body: Body, sopInstanceUid: string, { request }: Association): Arrival {
  const sha256 = isClaimCheck(body) ? body.sha256 : createHash('sha256').update(body).digest('hex');
  return {
    body,
    contentType: 'application/dicom',
    sourceKey: `${sopInstanceUid}/${sha256}`,
    source: {
      'Healthos-Source-Calling-AE': printable(request.callingAe),
      'Healthos-Source-Called-AE': printable(request.calledAe),
    },
  };
}

function printable(title: string): string {
  return title.replace(/[^\x20-\x7e]/g, '?');
}

/** PS3.4, B.2.3: what may go well another time, and what is too large, is out of resources; the rest is our failure. */
function refusalOf(error: HealthosError, { context }: Station): Outcome {
  const { code, kind, message } = error;
  if (kind === 'bug') context.log.error({ connector: context.id, err: error }, 'association.store-failed');
  const isResource = kind === 'retry' || code === 'request/too-large';
  return outcome(isResource ? status.outOfResources : status.processingFailure, `${code}: ${message}`);
}

function malformed(code: number, comment: string, { context }: Station): Outcome {
  context.countRefused('request/malformed');
  return outcome(code, comment);
}

const MAX_COMMENT = 64;

function outcome(code: number, comment: string): Outcome {
  return { status: code, comment: comment.slice(0, MAX_COMMENT) };
}

function notConsuming(id: string): HealthosError {
  return new HealthosError('connector/not-consuming', `The connector ${id} takes nothing in now.`);
}
