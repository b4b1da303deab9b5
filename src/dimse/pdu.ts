/** Protocol data units of the DICOM upper layer (PS3.8, 9.3): their types, heads and the short ones whole. */
import type { AbortReason } from './faults.ts';

export const pduType = {
  associateRequest: 0x01,
  associateAccept: 0x02,
  associateReject: 0x03,
  data: 0x04,
  releaseRequest: 0x05,
  releaseResponse: 0x06,
  abort: 0x07,
} as const;

export const PDU_HEAD_BYTES = 6;
/** Before each fragment: its length, the presentation context, and the message control header (PS3.8, 9.3.5.1, annex E.2). */
export const PDV_HEAD_BYTES = 6;

/** The message control header's bits (PS3.8, E.2). */
export const control = { command: 0b01, last: 0b10 } as const;

/** Why an association is rejected (PS3.8, 9.3.4). */
export interface Rejection {
  /** 1: permanent, 2: transient. */
  readonly result: number;
  /** 1: the service user; 2, 3: the service provider, as to the association and to the presentation. */
  readonly source: number;
  readonly reason: number;
}

export const rejection = {
  unknownContext: { result: 1, source: 1, reason: 2 },
  callingAe: { result: 1, source: 1, reason: 3 },
  calledAe: { result: 1, source: 1, reason: 7 },
  protocolVersion: { result: 1, source: 2, reason: 2 },
  /** For now: the connector takes nothing in. */
  congestion: { result: 2, source: 3, reason: 1 },
  /** For now: there are as many associations as are allowed. */
  localLimit: { result: 2, source: 3, reason: 2 },
} as const satisfies Record<string, Rejection>;

export function pdu(type: number, ...body: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(PDU_HEAD_BYTES);
  head[0] = type;
  head.writeUInt32BE(
    body.reduce((size, { length }) => size + length, 0),
    2,
  );
  return Buffer.concat([head, ...body]);
}

export function rejectPdu({ result, source, reason }: Rejection): Buffer {
  return pdu(pduType.associateReject, Buffer.from([0, result, source, reason]));
}

export function abortPdu(reason: AbortReason): Buffer {
  return pdu(pduType.abort, Buffer.from([0, 0, 2, reason]));
}

export function releasePdu(type: typeof pduType.releaseRequest | typeof pduType.releaseResponse): Buffer {
  return pdu(type, Buffer.alloc(4));
}

/** What a P-DATA-TF PDU with one fragment begins with (PS3.8, 9.3.5). */
export function dataPduHead(contextId: number, controlBits: number, length: number): Buffer {
  const head = Buffer.alloc(PDU_HEAD_BYTES + PDV_HEAD_BYTES);
  head[0] = pduType.data;
  head.writeUInt32BE(length + PDV_HEAD_BYTES, 2);
  head.writeUInt32BE(length + 2, 6);
  head[10] = contextId;
  head[11] = controlBits;
  return head;
}

/** How many bytes a fragment may have where PDUs may have so many; 0 is no limit (PS3.8, D.1). */
export function fragmentBytes(maxPdu: number, ours: number): number {
  return maxPdu === 0 ? ours : Math.max(1, Math.min(ours, maxPdu - PDV_HEAD_BYTES));
}
