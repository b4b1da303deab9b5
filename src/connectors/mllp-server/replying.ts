/**
 * What a message is answered, and when (HL7 v2, ch. 2, 2.9): in the original mode once, when it is stored or judged; in the
 * enhanced mode on storage and on its content, each as the message itself asks.
 */
import { asHealthosError } from '../../errors.ts';
import type { HealthosError } from '../../errors.ts';
import type { Receipt } from '../../messages/envelope.ts';
import { newDataId } from '../../messages/identity.ts';
import type { Journey } from '../../store/journal.ts';
import type { Issue } from '../../validation/issue.ts';
import { type Acknowledging, acknowledgingOf, isWanted } from '../../validation/hl7v2/acknowledging.ts';
import type { Echo } from '../../validation/hl7v2/echo.ts';
import { acknowledge, type AcknowledgementCode, codeOf } from '../../validation/hl7v2/reply.ts';
import type { Answer, Replies } from './answers.ts';
import type { MllpServerConfig } from './config.ts';

export interface ReplyingOptions extends Pick<MllpServerConfig, 'ack' | 'when_refusing'> {
  /** The journey of a stored message once it is judged; undefined where that takes too long, or cannot be told. */
  readonly verdict: (dataId: string) => Promise<Journey | undefined>;
}

/** A message on its way: who is answered, and what is to be said of it beside its content. */
export interface Asked {
  readonly echo: Echo;
  /** Complete when it is stored. */
  readonly remarks: readonly Issue[];
}

/** The answers to a message that is being stored. */
export function repliesTo(asked: Asked, storing: Promise<Receipt>, options: ReplyingOptions): Replies {
  const wish = acknowledgingOf(asked.echo);
  const stored = (then: (receipt: Receipt) => Answer | Promise<Answer>): Promise<Answer> =>
    storing
      .then(then)
      .catch((thrown: unknown) => refusal(asked.echo, wish, asHealthosError(thrown), options));
  if (wish.mode === 'none') return { first: stored(() => 'none') };
  if (wish.mode === 'original')
    return { first: stored((receipt) => originalAnswer(asked, receipt, options)) };
  const first = stored((receipt) =>
    isWanted(wish.accept, true) ? ack(asked, 'CA', receipt.dataId, asked.remarks) : 'none',
  );
  if (wish.application === 'NE') return { first };
  const second = storing.then(async (receipt): Promise<Answer> => {
    const verdict = await verdictOn(asked, receipt, options);
    return verdict !== undefined && isWanted(wish.application, verdict.code === 'AA')
      ? verdict.answer
      : 'none';
  });
  // What could not be stored is answered once.
  return { first, second: second.catch((): Answer => 'none') };
}

/** The answer to a message that was turned away: to be given once, in the mode that it asks for. */
export function refusal(
  echo: Echo,
  wish: Acknowledging,
  error: HealthosError,
  { when_refusing: manner }: Pick<ReplyingOptions, 'when_refusing'>,
): Answer {
  if (wish.mode === 'none') return 'close';
  // Of the message itself: to send it again would end in the same way.
  const isFinal = error.kind === 'fix' && /^(?:request|message)\//.test(error.code);
  const issues = [issueOf(error)];
  if (wish.mode === 'enhanced') {
    const code = isFinal ? 'CE' : 'CR';
    return isWanted(wish.accept, false) ? ack({ echo }, code, newDataId(), issues) : 'close';
  }
  if (isFinal) return ack({ echo }, 'AE', newDataId(), issues);
  return manner === 'nak' ? ack({ echo }, 'AR', newDataId(), issues) : 'close';
}

async function originalAnswer(asked: Asked, receipt: Receipt, options: ReplyingOptions): Promise<Answer> {
  if (!asked.echo.readable) return ack(asked, 'AE', receipt.dataId, [unreadable]);
  if (options.ack === 'stored') return ack(asked, 'AA', receipt.dataId, asked.remarks);
  const verdict = await verdictOn(asked, receipt, options);
  // It is stored, and may be good or bad: whoever sends it again is told.
  return verdict?.answer ?? 'close';
}

async function verdictOn(
  asked: Asked,
  { dataId }: Receipt,
  { verdict }: ReplyingOptions,
): Promise<{ readonly code: AcknowledgementCode; readonly answer: Buffer } | undefined> {
  const journey = await verdict(dataId);
  if (journey === undefined || journey.state === 'received') return undefined;
  const { issues } = journey;
  const code = codeOf({ valid: journey.state !== 'invalid', issues });
  return { code, answer: ack(asked, code, dataId, [...asked.remarks, ...issues]) };
}

const unreadable: Issue = {
  rule: 'hl7v2/header-segment',
  severity: 'error',
  location: '',
  message: 'It is stored, but has no MSH segment that could be read.',
  spec: '',
};

function issueOf({ code, message }: HealthosError): Issue {
  return { rule: code, severity: 'error', location: '', message, spec: '' };
}

/**
 * All of an answer's own comes from the data id, so that the same message is always answered with the same bytes: MSH-7 is
 * its time, MSH-10 its end, which is random (RFC 9562, 5.7). The two answers to one message differ in the first character.
 */
function ack(
  { echo }: Pick<Asked, 'echo'>,
  code: AcknowledgementCode,
  dataId: string,
  issues: readonly Issue[],
): Buffer {
  const digits = dataId.replaceAll('-', '');
  const at = new Date(Number.parseInt(digits.slice(0, 12), 16));
  return acknowledge(echo, {
    code,
    at,
    issues,
    controlId: code.slice(0, 1) + digits.slice(-19).toUpperCase(),
  });
}
