/** `POST /validate`: judges a payload and stores nothing. */
import type { Context, Middleware } from 'koa';
import { HealthosError } from '../errors.ts';
import type { Verdict } from '../validation/issue.ts';
import type { Payload } from '../validation/on-demand.ts';
import { answer } from './answer.ts';
import { demand } from './auth.ts';
import { readWholeBody } from './body.ts';
import { acceptedCodings } from './content-coding.ts';
import { claimedTypeOf } from './ingress-headers.ts';
import { seedMessage } from './seed-form.ts';

export interface ValidateOptions {
  validate(payload: Payload): Promise<Verdict>;
  /** The largest body that is judged, in bytes; it is held in memory. Default 16 MiB. */
  readonly maxBytes?: number;
}

/** Answers 200 with the verdict, good or bad. The body is read as ingress reads it. */
export function validateRoute(options: ValidateOptions): Middleware {
  return async (context, next) => {
    if (context.path !== '/validate') {
      await next();
      return;
    }
    if (context.method !== 'POST') throw onlyPost(context);
    demand(context.state.principal, 'check');
    const { mediaType: hint, json, fhirVersion } = claimedTypeOf(context.req.headers);
    const body = await readPayload(context, options.maxBytes);
    const bytes = (json ? seedMessage(body) : undefined) ?? body;
    const verdict = await options.validate({ bytes, hint, fhirVersion });
    answer(context, 200, 'application/json', JSON.stringify(shown(verdict)));
  };
}

/** The largest payload that is judged without being stored, in bytes: it is held in memory. */
const MAX_BYTES = 16 * 1024 * 1024;

/** The body of a request that is judged at once. */
export async function readPayload(context: Context, maxBytes = MAX_BYTES): Promise<Uint8Array> {
  try {
    return await readWholeBody(context.req, context.res, { maxBytes, arriving: context.state.arriving });
  } catch (thrown) {
    if (thrown instanceof HealthosError && thrown.code === 'request/content-coding') {
      context.set('Accept-Encoding', acceptedCodings);
    }
    throw thrown;
  }
}

function shown({ format, version, type, valid, issues, issuesTotal }: Verdict): Record<string, unknown> {
  return { format, version, type, valid, issues, issues_total: issuesTotal };
}

function onlyPost(context: Context): HealthosError {
  context.set('Allow', 'POST');
  return new HealthosError('request/method-not-allowed', 'Send the payload here by POST.');
}
