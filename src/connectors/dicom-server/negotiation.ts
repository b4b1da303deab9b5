/** Whether an association is accepted, and which of the presentation contexts that are proposed (PS3.8, 9.3.3 and 9.3.4). */
import { isStorageClass, isUid, uids } from '../../dicom/uids.ts';
import { contextResult } from '../../dimse/associate.ts';
import type { AssociateRequest, ContextAnswer, ProposedContext } from '../../dimse/associate.ts';
import { rejection, type Rejection } from '../../dimse/pdu.ts';
import type { ErrorCode } from '../../errors.ts';
import { ANY_TITLE, type DicomServerConfig } from './config.ts';

export interface Refusal {
  readonly rejection: Rejection;
  /** For the metrics. */
  readonly code: ErrorCode;
}

export interface Circumstances {
  readonly accepting: boolean;
  /** How many associations there are, without this one. */
  readonly associations: number;
}

type Titles = Pick<
  DicomServerConfig,
  'ae_title' | 'called_ae_titles' | 'calling_ae_titles' | 'max_associations'
>;

/** Why the association is rejected; undefined where it is not. What is wrong for good is told first. */
export function refusalOf(
  request: AssociateRequest,
  config: Titles,
  { accepting, associations }: Circumstances,
): Refusal | undefined {
  if ((request.protocolVersion & 1) === 0) return malformed(rejection.protocolVersion);
  if (request.applicationContext !== uids.applicationContext) return malformed(rejection.unknownContext);
  const called = [config.ae_title, ...config.called_ae_titles];
  if (!isAmong(called, request.calledAe)) return forbidden(rejection.calledAe);
  if (!isAmong(config.calling_ae_titles, request.callingAe)) return forbidden(rejection.callingAe);
  if (!accepting) return { rejection: rejection.congestion, code: 'connector/not-consuming' };
  if (associations < config.max_associations) return undefined;
  return { rejection: rejection.localLimit, code: 'request/rate-limited' };
}

/**
 * The first transfer syntax of each proposal, since the sender put it first: objects come as they are, and are kept so.
 * Roles and extended negotiation are left at their defaults, which is what their absence from the answer says.
 */
export function contextAnswer({ id, abstractSyntax, transferSyntaxes }: ProposedContext): ContextAnswer {
  const transferSyntax = transferSyntaxes.find(isUid);
  const isOffered =
    abstractSyntax === uids.verification || (isUid(abstractSyntax) && isStorageClass(abstractSyntax));
  const result = isOffered ? contextResult.transferSyntaxes : contextResult.abstractSyntax;
  return transferSyntax === undefined || !isOffered
    ? { id, result, transferSyntax: uids.implicitLittleEndian }
    : { id, result: contextResult.accepted, transferSyntax };
}

function isAmong(titles: readonly string[], title: string): boolean {
  return titles.includes(ANY_TITLE) || titles.includes(title);
}

function malformed(why: Rejection): Refusal {
  return { rejection: why, code: 'request/malformed' };
}

function forbidden(why: Rejection): Refusal {
  return { rejection: why, code: 'request/forbidden' };
}
