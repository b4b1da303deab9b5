/** What a sender would be answered, in its own dialect: HL7 ACK, FHIR OperationOutcome, X12 999, 997 or TA1. */
import { randomBytes } from 'node:crypto';
import type { Verdict } from '../validation/issue.ts';

/** The reply to one message, as bytes; undefined where its format has no reply, or it is one itself. */
export type MakeReply = (original: Uint8Array, verdict: Verdict) => Promise<Uint8Array | undefined>;

/** Numbered by themselves: nothing is sent from here, so that no number has to go on from the last one. */
export async function loadReplies(): Promise<MakeReply> {
  const [{ Echo }, { hl7Reply }, { operationOutcome }, { x12Reply }] = await Promise.all([
    import('../validation/hl7v2/echo.ts'),
    import('../validation/hl7v2/reply.ts'),
    import('../validation/fhir/reply.ts'),
    import('../validation/x12/reply.ts'),
  ]);
  let number = 0;
  return async (original, verdict) => {
    const at = new Date();
    switch (verdict.format) {
      case 'hl7v2': {
        if (new Echo(original).isAcknowledgement) return undefined;
        return hl7Reply(original, verdict, at, randomBytes(10).toString('hex').toUpperCase());
      }
      case 'fhir':
        return Buffer.from(`${JSON.stringify(operationOutcome(verdict))}\n`);
      case 'x12': {
        const reply = await x12Reply(original, verdict, at, () => ++number);
        return reply === undefined ? undefined : Buffer.from(reply);
      }
      case 'dicom':
      case null:
        return undefined;
    }
  };
}
