/** A-ASSOCIATE-RQ and A-ASSOCIATE-AC (PS3.8, 9.3.2 and 9.3.3): what is proposed, and what of it is accepted. */
import { implementationClassUid, implementationVersion, uids } from '../dicom/uids.ts';
import { abortReason, violation } from './faults.ts';
import { item, itemType, readItems, uidItem, uidOf, type Item } from './items.ts';
import { pdu, pduType } from './pdu.ts';

export interface ProposedContext {
  /** Odd, 1 to 255. */
  readonly id: number;
  readonly abstractSyntax: string;
  /** In the order of the proposal. */
  readonly transferSyntaxes: readonly string[];
}

export interface AssociateRequest {
  /** A bit for each version; the first one is the only one there is. */
  readonly protocolVersion: number;
  readonly calledAe: string;
  readonly callingAe: string;
  readonly applicationContext: string;
  readonly contexts: readonly ProposedContext[];
  /** How large the PDUs may be that the requestor takes; 0: of any size. */
  readonly maxPdu: number;
}

/** PS3.8, table 9-18. */
export const contextResult = { accepted: 0, noReason: 2, abstractSyntax: 3, transferSyntaxes: 4 } as const;

export interface ContextAnswer {
  readonly id: number;
  readonly result: number;
  /** Of no meaning where it is not accepted. */
  readonly transferSyntax: string;
}

export interface AssociateAccept {
  readonly contexts: readonly ContextAnswer[];
  /** How large the PDUs may be that the acceptor takes; 0: of any size. */
  readonly maxPdu: number;
}

/** Version, titles and reserved bytes, before the items. */
const HEAD_BYTES = 68;
const AE_BYTES = 16;
const CALLED_AT = 4;
const CALLING_AT = 20;

/** Throws an AssociationFault where the bytes are no association request. */
export function parseRequest(body: Buffer): AssociateRequest {
  const { items, maxPdu } = readBody(body);
  const context = items.find(({ type }) => type === itemType.applicationContext);
  const contexts = items.filter(({ type }) => type === itemType.contextRequest).map(proposedContext);
  if (new Set(contexts.map(({ id }) => id)).size < contexts.length) {
    throw malformed('Two presentation contexts have one id.');
  }
  return {
    protocolVersion: body.readUInt16BE(0),
    calledAe: titleAt(body, CALLED_AT),
    callingAe: titleAt(body, CALLING_AT),
    applicationContext: context === undefined ? '' : uidOf(context),
    contexts,
    maxPdu,
  };
}

/** Throws an AssociationFault where the bytes are no acceptance. */
export function parseAccept(body: Buffer): AssociateAccept {
  const { items, maxPdu } = readBody(body);
  return { contexts: items.filter(({ type }) => type === itemType.contextAccept).map(contextAnswer), maxPdu };
}

export function requestPdu(
  request: Omit<AssociateRequest, 'protocolVersion' | 'applicationContext'>,
): Buffer {
  const { calledAe, callingAe, contexts, maxPdu } = request;
  return associationPdu(pduType.associateRequest, calledAe, callingAe, contexts.map(proposal), maxPdu);
}

/** The titles of a request stand in its answer again (PS3.8, 9.3.3). */
export function acceptPdu(
  { calledAe, callingAe }: Pick<AssociateRequest, 'calledAe' | 'callingAe'>,
  { contexts, maxPdu }: AssociateAccept,
): Buffer {
  return associationPdu(pduType.associateAccept, calledAe, callingAe, contexts.map(answerItem), maxPdu);
}

function readBody(body: Buffer): { readonly items: readonly Item[]; readonly maxPdu: number } {
  if (body.length < HEAD_BYTES) throw malformed('The association PDU is too short.');
  const items = readItems(body.subarray(HEAD_BYTES));
  const user = items.find(({ type }) => type === itemType.userInformation);
  const max = user && readItems(user.value).find(({ type }) => type === itemType.maxLength);
  if (max !== undefined && max.value.length !== 4) throw malformed('The maximum length has not 4 bytes.');
  return { items, maxPdu: max?.value.readUInt32BE(0) ?? 0 };
}

/** Spaces before and after a title mean nothing (PS3.5, 6.2). */
function titleAt(body: Buffer, at: number): string {
  return body
    .toString('latin1', at, at + AE_BYTES)
    .replace(/\0+$/, '')
    .trim();
}

function proposedContext({ value }: Item): ProposedContext {
  if (value.length < 4) throw malformed('A presentation context is too short.');
  const items = readItems(value.subarray(4));
  const abstract = items.find(({ type }) => type === itemType.abstractSyntax);
  return {
    id: value.readUInt8(0),
    abstractSyntax: abstract === undefined ? '' : uidOf(abstract),
    transferSyntaxes: items.filter(({ type }) => type === itemType.transferSyntax).map(uidOf),
  };
}

function contextAnswer({ value }: Item): ContextAnswer {
  if (value.length < 4) throw malformed('A presentation context is too short.');
  const transfer = readItems(value.subarray(4)).find(({ type }) => type === itemType.transferSyntax);
  return {
    id: value.readUInt8(0),
    result: value.readUInt8(2),
    transferSyntax: transfer === undefined ? '' : uidOf(transfer),
  };
}

function proposal({ id, abstractSyntax, transferSyntaxes }: ProposedContext): Buffer {
  return item(
    itemType.contextRequest,
    Buffer.from([id, 0, 0, 0]),
    uidItem(itemType.abstractSyntax, abstractSyntax),
    ...transferSyntaxes.map((uid) => uidItem(itemType.transferSyntax, uid)),
  );
}

function answerItem({ id, result, transferSyntax }: ContextAnswer): Buffer {
  return item(
    itemType.contextAccept,
    Buffer.from([id, 0, result, 0]),
    uidItem(itemType.transferSyntax, transferSyntax),
  );
}

function associationPdu(
  type: number,
  calledAe: string,
  callingAe: string,
  contexts: readonly Buffer[],
  maxPdu: number,
): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt16BE(1, 0);
  head.write(calledAe.padEnd(AE_BYTES), CALLED_AT, AE_BYTES, 'latin1');
  head.write(callingAe.padEnd(AE_BYTES), CALLING_AT, AE_BYTES, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(maxPdu);
  const user = item(
    itemType.userInformation,
    item(itemType.maxLength, length),
    uidItem(itemType.implementationClass, implementationClassUid),
    item(itemType.implementationVersion, Buffer.from(implementationVersion, 'latin1')),
  );
  return pdu(type, head, uidItem(itemType.applicationContext, uids.applicationContext), ...contexts, user);
}

function malformed(message: string) {
  return violation(abortReason.invalidParameter, message);
}
