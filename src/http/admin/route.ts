/** What a route is: declared in one place, from which it is mounted, guarded, checked, audited and documented. */
import type { Readable } from 'node:stream';
import Joi, { type ObjectSchema, type Schema, type ValidationResult } from 'joi';
import type { Context } from 'koa';
import type { ErrorCode } from '../../errors.ts';
import type { Permission } from '../auth.ts';
import { pathCheck, queryCheck } from './request.ts';

/** A request whose caller was let through and whose parameters were checked. */
export interface Call<Params, Query> {
  readonly context: Context;
  readonly params: Params;
  readonly query: Query;
  /** Members of the problem document, should the call fail: `data_id`, once it is known that there is such a message. */
  readonly problemMembers: Record<string, unknown>;
}

export interface Answer {
  readonly status: number;
  /** Text and bytes are sent as they are, a stream as it comes, any other object as JSON. */
  readonly body: string | Uint8Array | Readable | object;
  /** Default: `application/json; charset=utf-8`. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the audit log should say beyond the act: the data id of a replay. */
  readonly auditDetail?: string;
}

/** What an act is called in the audit log, and what it is done to. */
export interface AuditedAct {
  readonly what: string;
  readonly target: string | null;
  /** True: what cannot be written down is not done. */
  readonly onlyIfAudited?: boolean;
}

/** An answer as it is documented: its schema where it is JSON, else its media type. */
export interface AnswerShape {
  readonly description: string;
  readonly schema?: Schema;
  readonly type?: string;
}

interface RouteFacts {
  readonly method: 'GET' | 'POST';
  /** As OpenAPI writes it: `/admin/connectors/{id}`. */
  readonly path: string;
  readonly summary: string;
  /** What the caller must be allowed; `open` to all. */
  readonly permission: Permission | 'open';
  /** Where the request may carry a message. Other routes read no body. */
  readonly requestBody?: string;
  readonly answers: Readonly<Record<number, AnswerShape>>;
  /** The errors of this route; those that any route may meet are documented once. */
  readonly errors?: readonly ErrorCode[];
}

export interface RouteDeclaration<Params, Query> extends RouteFacts {
  readonly params?: ObjectSchema<Params>;
  readonly query?: ObjectSchema<Query>;
  /** Acts that change something, or read a body, are audited, refused or not. Malformed parameters are not given. */
  readonly audit?: (params: Partial<Params>) => AuditedAct;
  readonly handle: (call: Call<Params, Query>) => Answer | Promise<Answer>;
}

/** A route with the types of its parameters hidden, so that all fit into one list. */
export interface Route extends RouteFacts {
  readonly params: ObjectSchema;
  readonly query: ObjectSchema;
  /** The act for the audit log; undefined for a route that is not audited. */
  act(params: object): AuditedAct | undefined;
  /** Checks the parameters and answers. Throws `request/malformed`, and what the route throws. */
  run(context: Context, params: object, problemMembers: Record<string, unknown>): Promise<Answer>;
}

export function route<Params = object, Query = object>(declaration: RouteDeclaration<Params, Query>): Route {
  const {
    params = Joi.object<Params>({}),
    query = Joi.object<Query>({}),
    audit,
    handle,
    ...facts
  } = declaration;
  const checkPath = pathCheck(params);
  const checkQuery = queryCheck(query);
  return {
    ...facts,
    params,
    query,
    act: (given) => audit?.(withoutError(params.validate(given))),
    run: async (context, given, problemMembers) =>
      handle({ context, params: checkPath(given), query: checkQuery(context.query), problemMembers }),
  };
}

function withoutError<Params>(result: ValidationResult<Params>): Partial<Params> {
  return result.error === undefined ? result.value : {};
}
