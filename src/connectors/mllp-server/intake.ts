/** The messages of one connection on their way to the bus: in their order, many at once, each with its identity. */
import { hash } from 'node:crypto';
import { asHealthosError, HealthosError } from '../../errors.ts';
import type { Logger } from '../../logging.ts';
import { isClaimCheck } from '../../messages/envelope.ts';
import type { Body, ClaimCheck, Deliver, Receipt } from '../../messages/envelope.ts';
import type { Echo } from '../../validation/hl7v2/echo.ts';
import type { Issue } from '../../validation/issue.ts';
import type { ConnectorContext } from '../connector.ts';
import { Lanes } from '../lanes.ts';
import type { Replies } from './answers.ts';
import type { ControlIds } from './control-ids.ts';
import { repliesTo } from './replying.ts';
import type { ReplyingOptions } from './replying.ts';

export interface IntakeOptions extends ReplyingOptions {
  readonly deliver: Deliver;
  readonly context: Pick<ConnectorContext, 'countRefused'>;
  readonly log: Logger;
  readonly controlIds: ControlIds;
  /** Resolves when one more message may be taken in; undefined where there is no limit to that. */
  readonly admit: (() => Promise<void>) | undefined;
}

const LANE = 'connection';

export class Intake {
  readonly #options: IntakeOptions;
  readonly #peer: string;
  readonly #isOver: () => boolean;
  readonly #lanes = new Lanes();

  /** `isOver`: what has not been delivered yet is not to be. */
  constructor(options: IntakeOptions, peer: string, isOver: () => boolean) {
    this.#options = options;
    this.#peer = peer;
    this.#isOver = isOver;
  }

  /** Delivers in the order of the calls; a body that is still being put away holds back those after it. */
  take(echo: Echo, body: Body | Promise<ClaimCheck>): Replies {
    const { admit, context } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>();
    const remarks: Issue[] = [];
    let whole = body instanceof Promise ? undefined : body;
    const step = () => {
      if (whole !== undefined) this.#deliver(echo, whole, remarks).then(resolve, reject);
    };
    const prepare = async () => {
      try {
        whole = await body;
        await admit?.();
      } catch (thrown) {
        whole = undefined;
        const error = asHealthosError(thrown);
        context.countRefused(error.code);
        reject(error);
      }
    };
    this.#lanes.run(LANE, step, whole === undefined || admit ? prepare : undefined);
    return repliesTo({ echo, remarks }, promise, this.#options);
  }

  async #deliver(echo: Echo, body: Body, remarks: Issue[]): Promise<Receipt> {
    // An earlier one was not taken: to take this one would turn their order round when both are sent again.
    if (this.#isOver()) throw notTaken();
    const { controlIds, deliver, log } = this.#options;
    const sourceKey = identityOf(echo, body);
    const source: Record<string, string> = { 'Healthos-Source-Peer': this.#peer };
    if (sourceKey === undefined || !controlIds.isReused(senderOf(echo), echo.raw(10), sourceKey)) {
      return deliver({ body, sourceKey, source });
    }
    remarks.push(controlIdReused);
    source['Healthos-Source-Control-Id'] = 'reused';
    const receipt = await deliver({ body, sourceKey, source });
    log.warn({ peer: this.#peer, data_id: receipt.dataId }, 'mllp.control-id-reused');
    return receipt;
  }
}

/**
 * The identity of a message with a control id: sender, control id, and the hash of its bytes. The hash alone would do, but
 * control ids mostly count on, and keys that do so lie side by side in the bus's index, which then has a quarter less to do.
 */
function identityOf(echo: Echo, body: Body): string | undefined {
  const controlId = echo.raw(10);
  if (controlId.trim() === '') return undefined;
  const digest = isClaimCheck(body)
    ? Buffer.from(body.sha256, 'hex').toString('base64url')
    : hash('sha256', body, 'base64url');
  return `${inKey(echo.raw(3))}|${inKey(echo.raw(4))}|${inKey(controlId)}|${digest}`;
}

/** So much of a value is part of the key: it goes into a header, and is there for order, not for difference. */
function inKey(value: string): string {
  return value.slice(0, 48).replaceAll(/[^!-~]/g, '_');
}

function senderOf(echo: Echo): string {
  return `${echo.raw(3)}\n${echo.raw(4)}`;
}

const controlIdReused: Issue = {
  rule: 'message/control-id-reused',
  severity: 'warning',
  location: 'MSH-10',
  message:
    'Another message of this sender had the same MSH-10: each is expected to have its own. Both are stored.',
  spec: 'HL7 v2, ch. 2, 2.15.9.10 MSH-10',
};

function notTaken(): HealthosError {
  return new HealthosError('connector/not-consuming', 'An earlier message of this connection was not taken.');
}
