/** DIMSE messages into PDUs: each fragment in a P-DATA-TF PDU of its own, as large as the other end takes them (PS3.8, D.1). */
import { control, dataPduHead, fragmentBytes } from './pdu.ts';

/** Of larger fragments nobody gains. */
const MOST_FRAGMENT_BYTES = 1024 * 1024;

/** A command, with `maxPdu` as the other end announced it. */
export function commandPdus(contextId: number, command: Buffer, maxPdu: number): Buffer {
  return Buffer.concat(fragments(contextId, command, maxPdu, control.command));
}

/** A data set: head and bytes in turn, none of them copied. */
export function dataSetPdus(contextId: number, dataSet: Buffer, maxPdu: number): readonly Buffer[] {
  return fragments(contextId, dataSet, maxPdu, 0);
}

function fragments(contextId: number, bytes: Buffer, maxPdu: number, kind: number): readonly Buffer[] {
  const most = fragmentBytes(maxPdu, MOST_FRAGMENT_BYTES);
  const pdus: Buffer[] = [];
  let at = 0;
  do {
    const piece = bytes.subarray(at, at + most);
    at += most;
    const bits = kind | (at >= bytes.length ? control.last : 0);
    pdus.push(dataPduHead(contextId, bits, piece.length), piece);
  } while (at < bytes.length);
  return pdus;
}
