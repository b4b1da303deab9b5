/** Why an association cannot go on. What is wrong with one message alone is none of these. */

/** PS3.8, 9.3.8: reasons of the service provider. */
export const abortReason = {
  notSpecified: 0,
  unrecognizedPdu: 1,
  unexpectedPdu: 2,
  unexpectedParameter: 5,
  invalidParameter: 6,
} as const;
export type AbortReason = (typeof abortReason)[keyof typeof abortReason];

export type FaultKind = 'ended' | 'silent' | 'stopped' | 'violation';

/** `ended`: the connection is gone; `silent`: nothing came for too long; `stopped`: we end; `violation`: no DICOM. */
export class AssociationFault extends Error {
  readonly kind: FaultKind;
  /** With which the association is aborted. */
  readonly reason: AbortReason;

  constructor(kind: FaultKind, message: string, options: { reason?: AbortReason; cause?: unknown } = {}) {
    super(message, options);
    this.name = 'AssociationFault';
    this.kind = kind;
    this.reason = options.reason ?? abortReason.notSpecified;
  }
}

export function ended(cause?: unknown): AssociationFault {
  return new AssociationFault('ended', 'The connection ended.', { cause });
}

/** The other end does not keep to the protocol. The message holds nothing that it sent. */
export function violation(reason: AbortReason, message: string): AssociationFault {
  return new AssociationFault('violation', message, { reason });
}
