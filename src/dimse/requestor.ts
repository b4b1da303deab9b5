/** The side of an association that asks for it: opens it, sends C-ECHO and C-STORE one after another, releases it. */
import { connect, type Socket } from 'node:net';
import tls from 'node:tls';
import { uids } from '../dicom/uids.ts';
import { contextResult, parseAccept, requestPdu } from './associate.ts';
import type { AssociateAccept, ProposedContext } from './associate.ts';
import { commandField, encodeCommand, field, NO_DATA_SET } from './command.ts';
import { abortReason, AssociationFault, ended, violation } from './faults.ts';
import { Incoming } from './incoming.ts';
import { hasDataSet, Messages, passOver, readPduBody, readPduHead, type Command } from './messages.ts';
import { abortPdu, pduType, releasePdu, type Rejection } from './pdu.ts';
import { commandPdus, dataSetPdus } from './sending.ts';

export interface RequestorOptions {
  readonly host: string;
  readonly port: number;
  /** With it the connection is TLS; `ca` in PEM where the authority is none that everybody knows. */
  readonly tls?: { readonly ca?: string } | undefined;
  readonly calledAe: string;
  readonly callingAe: string;
  readonly contexts: readonly Omit<ProposedContext, 'id'>[];
  /** How long the other end may be silent; milliseconds. */
  readonly silentMs: number;
}

/** An object as it goes over the network: without the file's preamble and meta group. */
export interface OutgoingObject {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly dataSet: Buffer;
}

export interface Response {
  readonly status: number;
  readonly comment: string | undefined;
}

/** The association was asked for, and is not wanted. */
export class AssociationRejected extends Error {
  readonly rejection: Rejection;

  constructor(rejection: Rejection) {
    super('The association was rejected.');
    this.name = 'AssociationRejected';
    this.rejection = rejection;
  }
}

/** As many as ids allow: odd, 1 to 255 (PS3.8, 9.3.2.2). */
export const MAX_CONTEXTS = 128;
const MAX_PDU_BYTES = 128 * 1024;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Rejects with AssociationRejected, an AssociationFault, or what the network says. */
export async function associate(options: RequestorOptions): Promise<Requestor> {
  const socket = await connected(options);
  const incoming = new Incoming(socket, options.silentMs);
  const contexts = options.contexts.map((context, index) => ({ id: index * 2 + 1, ...context }));
  try {
    socket.write(requestPdu({ ...options, contexts, maxPdu: MAX_PDU_BYTES }));
    return new Requestor(socket, incoming, contexts, await readAnswer(incoming));
  } catch (error) {
    incoming.close();
    socket.destroy();
    throw error;
  }
}

function connected({ host, port, tls: secure, silentMs }: RequestorOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const address = { host, port, noDelay: true };
    const socket =
      secure === undefined ? connect(address) : tls.connect({ ...address, ...secure, servername: host });
    const late = () => socket.destroy(new AssociationFault('silent', 'There is no connection for too long.'));
    socket.setTimeout(silentMs, late);
    socket.once('error', reject);
    socket.once(secure === undefined ? 'connect' : 'secureConnect', () => {
      socket.setTimeout(0).off('timeout', late).off('error', reject);
      resolve(socket);
    });
  });
}

async function readAnswer(incoming: Incoming): Promise<AssociateAccept> {
  const head = await readPduHead(incoming);
  if (head === undefined) throw ended();
  const body = await readPduBody(incoming, head, MAX_ANSWER_BYTES);
  if (head.type === pduType.associateAccept) return parseAccept(body);
  if (head.type === pduType.associateReject && body.length === 4) {
    const [, result = 0, source = 0, reason = 0] = body;
    throw new AssociationRejected({ result, source, reason });
  }
  if (head.type === pduType.abort) throw ended();
  throw violation(abortReason.unexpectedPdu, 'The answer to an association request is none.');
}

/** One command at a time: who calls waits for each response. */
export class Requestor {
  readonly #socket: Socket;
  readonly #incoming: Incoming;
  readonly #messages: Messages;
  readonly #maxPdu: number;
  /** The ids of the contexts that were accepted, by abstract and transfer syntax. */
  readonly #accepted = new Map<string, number>();
  #lastMessageId = 0;

  constructor(
    socket: Socket,
    incoming: Incoming,
    proposed: readonly ProposedContext[],
    { contexts, maxPdu }: AssociateAccept,
  ) {
    this.#socket = socket;
    this.#incoming = incoming;
    this.#messages = new Messages(incoming, MAX_PDU_BYTES);
    this.#maxPdu = maxPdu;
    for (const { id, result, transferSyntax } of contexts) {
      const abstractSyntax = proposed.find((context) => context.id === id)?.abstractSyntax;
      if (result !== contextResult.accepted || abstractSyntax === undefined) continue;
      this.#accepted.set(`${abstractSyntax} ${transferSyntax}`, id);
    }
  }

  /** Whether objects of the class can be sent as they are encoded. */
  accepts({ sopClassUid, transferSyntaxUid }: Omit<OutgoingObject, 'sopInstanceUid' | 'dataSet'>): boolean {
    return this.#accepted.has(`${sopClassUid} ${transferSyntaxUid}`);
  }

  async echo(): Promise<Response> {
    const contextId = this.#contextFor(uids.verification, uids.implicitLittleEndian);
    return this.#ask(
      contextId,
      new Map<number, number | string>([
        [field.affectedSopClass, uids.verification],
        [field.command, commandField.echoRequest],
        [field.dataSetType, NO_DATA_SET],
      ]),
    );
  }

  /** Only of a class and in an encoding that `accepts`. */
  async store({
    sopClassUid,
    sopInstanceUid,
    transferSyntaxUid,
    dataSet,
  }: OutgoingObject): Promise<Response> {
    const contextId = this.#contextFor(sopClassUid, transferSyntaxUid);
    return this.#ask(
      contextId,
      new Map<number, number | string>([
        [field.affectedSopClass, sopClassUid],
        [field.command, commandField.storeRequest],
        [field.priority, MEDIUM],
        [field.dataSetType, A_DATA_SET],
        [field.affectedSopInstance, sopInstanceUid],
      ]),
      dataSet,
    );
  }

  async release(): Promise<void> {
    this.#socket.write(releasePdu(pduType.releaseRequest));
    // However it ends: nothing is left to be lost.
    await this.#messages.next().catch(() => undefined);
    this.#close();
  }

  abort(): void {
    this.#socket.write(abortPdu(abortReason.notSpecified));
    this.#close();
  }

  #close(): void {
    this.#incoming.close();
    this.#socket.destroySoon();
  }

  #contextFor(abstractSyntax: string, transferSyntax: string): number {
    const id = this.#accepted.get(`${abstractSyntax} ${transferSyntax}`);
    if (id === undefined) throw new Error('This presentation context was not accepted.');
    return id;
  }

  async #ask(contextId: number, fields: Map<number, number | string>, dataSet?: Buffer): Promise<Response> {
    const messageId = (this.#lastMessageId % MAX_MESSAGE_ID) + 1;
    this.#lastMessageId = messageId;
    const command = encodeCommand(fields.set(field.messageId, messageId));
    await this.#write([commandPdus(contextId, command, this.#maxPdu)]);
    if (dataSet !== undefined) await this.#write(dataSetPdus(contextId, dataSet, this.#maxPdu));
    return responseOf(await this.#response(messageId));
  }

  /** Waits while the other end takes nothing; of a connection that breaks, the reading tells. */
  async #write(pdus: readonly Buffer[]): Promise<void> {
    this.#socket.cork();
    for (const pdu of pdus) {
      if (this.#socket.write(pdu) || this.#socket.destroyed) continue;
      this.#socket.uncork();
      await drained(this.#socket);
      this.#socket.cork();
    }
    this.#socket.uncork();
  }

  async #response(messageId: number): Promise<Command> {
    const message = await this.#messages.next();
    if (typeof message === 'string') throw ended();
    if (hasDataSet(message)) await passOver(this.#messages.dataSet(message.contextId));
    if (message.numbers.get(field.respondedTo) === messageId) return message;
    throw violation(abortReason.unexpectedParameter, 'A response comes that is to nothing.');
  }
}

/** PS3.7, 9.3.1.1: the priority, and whatever is not NO_DATA_SET. */
const MEDIUM = 0x0000;
const A_DATA_SET = 0x0000;
const MAX_MESSAGE_ID = 0xffff;

function responseOf({ numbers, texts }: Command): Response {
  const status = numbers.get(field.status);
  if (status === undefined) throw violation(abortReason.unexpectedParameter, 'A response has no status.');
  return { status, comment: texts.get(field.errorComment) };
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}
