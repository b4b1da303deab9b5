/** The life of one association: it is accepted or rejected, its commands are answered in turn, and it ends. */
import type { Socket } from 'node:net';
import { acceptPdu, contextResult, parseRequest } from '../../dimse/associate.ts';
import type { AssociateRequest } from '../../dimse/associate.ts';
import { abortReason, AssociationFault, violation } from '../../dimse/faults.ts';
import { Incoming } from '../../dimse/incoming.ts';
import { Messages, readPduBody, readPduHead } from '../../dimse/messages.ts';
import { abortPdu, pduType, rejectPdu, releasePdu } from '../../dimse/pdu.ts';
import type { ConnectorContext } from '../connector.ts';
import { answerCommand } from './commands.ts';
import type { DicomServerConfig } from './config.ts';
import { contextAnswer, refusalOf } from './negotiation.ts';
import type { Store } from './store.ts';

/** What all associations of a connector share. */
export interface Station {
  readonly config: DicomServerConfig;
  readonly context: ConnectorContext;
  /** How an object is stored; undefined while the connector does not run. */
  readonly store: Store | undefined;
  /** Aborted when nothing more is taken in. */
  readonly stopping: AbortSignal;
  /** Those that are accepted now. */
  readonly associations: Set<Association>;
}

/** An association that was accepted. */
export interface Association {
  readonly request: AssociateRequest;
  readonly contexts: ReadonlyMap<number, PresentationContext>;
  readonly messages: Messages;
  readonly write: (pdu: Buffer) => void;
}

export interface PresentationContext {
  readonly abstractSyntax: string;
  readonly transferSyntax: string;
}

/** How long a connection may take until it asks for an association: the ARTIM timer (PS3.8, 9.1.5). */
export const REQUEST_MS = 30_000;
/** 128 presentation contexts with every transfer syntax that there is stay below this. */
const MAX_REQUEST_BYTES = 1024 * 1024;

/** Resolves when the association is over. Never rejects. */
export async function attend(socket: Socket, station: Station): Promise<void> {
  const incoming = new Incoming(socket, REQUEST_MS);
  const stop = () => incoming.fail(new AssociationFault('stopped', 'The connector takes nothing more in.'));
  station.stopping.addEventListener('abort', stop);
  try {
    const request = await readRequest(incoming);
    if (request === undefined || isRejected(request, socket, station)) return;
    incoming.allowSilence(station.config.idle_timeout_s * 1000);
    await converse(request, new Messages(incoming, station.config.max_pdu_bytes), socket, station);
  } catch (thrown) {
    breakOff(thrown, socket, station);
  } finally {
    station.stopping.removeEventListener('abort', stop);
    incoming.close();
    socket.destroySoon();
  }
}

/** Undefined where whoever connected has thought better of it. */
async function readRequest(incoming: Incoming): Promise<AssociateRequest | undefined> {
  const head = await readPduHead(incoming);
  if (head === undefined || head.type === pduType.abort) return undefined;
  if (head.type !== pduType.associateRequest) {
    throw violation(abortReason.unexpectedPdu, 'The connection does not begin with an association request.');
  }
  return parseRequest(await readPduBody(incoming, head, MAX_REQUEST_BYTES));
}

function isRejected(request: AssociateRequest, socket: Socket, station: Station): boolean {
  const { config, context, associations, store } = station;
  const accepting = store !== undefined && context.accepting();
  const refusal = refusalOf(request, config, { accepting, associations: associations.size });
  if (refusal === undefined) return false;
  context.countRefused(refusal.code);
  context.log.warn({ ...whose(socket, station), code: refusal.code }, 'association.rejected');
  socket.write(rejectPdu(refusal.rejection));
  return true;
}

async function converse(
  request: AssociateRequest,
  messages: Messages,
  socket: Socket,
  station: Station,
): Promise<void> {
  const answers = request.contexts.map(contextAnswer);
  const accepted = answers.filter(({ result }) => result === contextResult.accepted);
  const association: Association = {
    request,
    contexts: new Map(
      accepted.map(({ id, transferSyntax }) => [
        id,
        { abstractSyntax: abstractOf(request, id), transferSyntax },
      ]),
    ),
    messages,
    write: (pdu) => void socket.write(pdu),
  };
  station.associations.add(association);
  try {
    socket.write(acceptPdu(request, { contexts: answers, maxPdu: station.config.max_pdu_bytes }));
    await answerAll(association, station);
  } finally {
    station.associations.delete(association);
  }
}

function abstractOf({ contexts }: AssociateRequest, id: number): string {
  return contexts.find((context) => context.id === id)?.abstractSyntax ?? '';
}

/** One command after another: what comes first is stored first. */
async function answerAll(association: Association, station: Station): Promise<void> {
  for (;;) {
    const command = await association.messages.next();
    if (command === 'release-requested') association.write(releasePdu(pduType.releaseResponse));
    if (typeof command === 'string') return;
    await answerCommand(command, association, station);
  }
}

/** Whoever breaks the connection off needs no farewell; any other is told by an A-ABORT. */
function breakOff(thrown: unknown, socket: Socket, station: Station): void {
  const fault = thrown instanceof AssociationFault ? thrown : undefined;
  const { log } = station.context;
  if (fault === undefined) log.error({ ...whose(socket, station), err: thrown }, 'association.crashed');
  else if (fault.kind === 'ended') log.debug(whose(socket, station), 'association.broken-off');
  else log.warn({ ...whose(socket, station), kind: fault.kind, why: fault.message }, 'association.aborted');
  if (fault?.kind === 'violation') station.context.countRefused('request/malformed');
  if (fault?.kind !== 'ended') socket.write(abortPdu(fault?.reason ?? abortReason.notSpecified));
}

/** AE titles are chosen by the other end, so that anything might stand in them: they are not logged. */
function whose(socket: Socket, { context }: Station): { connector: string; from: string | undefined } {
  return { connector: context.id, from: socket.remoteAddress };
}
