/** The engine of X12: bytes to segments, and these through their envelopes and the maps of their transactions. */
import type { Engine, Examined, Identity, Report } from '../engine.ts';
import { Interchanges } from './interchange.ts';
import { isKnownTransaction, isKnownVersion } from './map.ts';
import { rules } from './rules.ts';
import { SegmentReader } from './segment-reader.ts';

export const x12Engine: Engine = { format: 'x12', rules, examine };

function examine({ bytes }: Examined, report: Report): Identity {
  const reader = new SegmentReader(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'),
  );
  const interchanges = new Interchanges(reader, report);
  const identity = { version: null, type: null, controlId: null, sender: null };
  let read = 0;
  for (; reader.next(); read++) {
    identify(reader, identity);
    interchanges.next();
  }
  interchanges.end();
  if (read === 0) {
    const message =
      'There is no interchange: an ISA with sixteen elements and a segment terminator is expected at the beginning.';
    report('x12/interchange-header', 'ISA', message);
  }
  return identity;
}

type Draft = { -readonly [Key in keyof Identity]: Identity[Key] };

/** The first interchange, group and transaction say what the body is. */
function identify(reader: SegmentReader, identity: Draft): void {
  if (reader.name === 'ISA' && identity.controlId === null) {
    identity.controlId = copy(reader, 13);
    identity.sender = copy(reader, 6);
  } else if (reader.name === 'GS' && identity.version === null) {
    const version = reader.value(8);
    identity.version = isKnownVersion(version) ? version : null;
  } else if (reader.name === 'ST' && (identity.type === null || identity.type === 'TA1')) {
    const type = reader.value(1);
    identity.type = isKnownTransaction(type) ? type : null;
  } else if (reader.name === 'TA1') identity.type ??= 'TA1';
}

/** Long enough for any identifier; a copy of its own, so that nobody keeps the whole body by keeping it. */
function copy(reader: SegmentReader, element: number): string | null {
  const value = reader.value(element).slice(0, 40).trim();
  return value === '' ? null : Buffer.from(value, 'latin1').toString('utf8');
}
