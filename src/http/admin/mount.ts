/** Mounts declared routes on a router: lets the caller through, checks, audits, answers. */
import { Readable } from 'node:stream';
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { CommandRefused } from '../../actors/commands.ts';
import { asHealthosError, HealthosError } from '../../errors.ts';
import { errorForLog, type Logger } from '../../logging.ts';
import type { AuditEntry, AuditLog } from '../../store/audit.ts';
import { answer } from '../answer.ts';
import { demand } from '../auth.ts';
import { answerProblem } from '../problem.ts';
import type { Answer, AuditedAct, Route } from './route.ts';

export interface MountDeps {
  readonly audit: AuditLog;
  readonly log: Logger;
}

const json = 'application/json; charset=utf-8';
const noStore = ['Cache-Control', 'no-store'];

/** A router that answers the routes, and 405 with Allow to other methods on their paths. */
export function mountRoutes(routes: readonly Route[], deps: MountDeps): Router {
  const router = new Router({ strict: true, sensitive: true });
  for (const each of routes) {
    const register = each.method === 'GET' ? router.get.bind(router) : router.post.bind(router);
    register(koaPath(each.path), answering(each, deps));
  }
  for (const path of new Set(routes.map((each) => each.path))) {
    const methods = routes.filter((each) => each.path === path).map((each) => each.method);
    router.all(koaPath(path), otherMethods(methods));
  }
  return router;
}

/** `/admin/connectors/{id}` as the router writes it. */
export function koaPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function otherMethods(methods: readonly string[]): Middleware {
  const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return (context) => {
    const error = new HealthosError('request/method-not-allowed', `Use ${allow} here.`);
    answerProblem(context, error, { headers: [...noStore, 'Allow', allow] });
  };
}

function answering(route: Route, deps: MountDeps): Middleware {
  return async (context) => {
    const params = paramsOf(context);
    const members: Record<string, unknown> = {};
    try {
      if (route.permission !== 'open') demand(context.state.principal, route.permission);
      const result = await route.run(context, params, members);
      await auditDone(route.act(params), result, context, deps);
      send(context, result);
    } catch (thrown) {
      await refuse(context, thrown, members, route.act(params), deps);
    }
  };
}

/** The router's own, with names and values as the path had them. */
function paramsOf(context: Context): object {
  const params: unknown = context['params'];
  return typeof params === 'object' && params !== null ? { ...params } : {};
}

async function auditDone(
  act: AuditedAct | undefined,
  result: Answer,
  context: Context,
  deps: MountDeps,
): Promise<void> {
  if (act === undefined) return;
  const outcome = {
    result: 'done',
    status: result.status,
    code: null,
    detail: result.auditDetail ?? null,
  } as const;
  const written = await record(act, outcome, context, deps);
  if (written || act.onlyIfAudited !== true) return;
  if (result.body instanceof Readable) result.body.destroy();
  throw new HealthosError(
    'audit/unavailable',
    'The audit log cannot be written; see whether the disk is full.',
  );
}

async function refuse(
  context: Context,
  thrown: unknown,
  members: Readonly<Record<string, unknown>>,
  act: AuditedAct | undefined,
  deps: MountDeps,
): Promise<void> {
  const error = asHealthosError(thrown);
  const { status, code } = error;
  if (error.kind === 'bug') {
    deps.log.error({ request_id: context.state.requestId, err: errorForLog(error) }, 'http.unexpected-error');
  }
  if (act !== undefined && code !== 'audit/unavailable') {
    const result = error.kind === 'fix' ? 'refused' : 'failed';
    await record(act, { result, status, code, detail: null }, context, deps);
  }
  answerProblem(context, error, { members: { ...members, ...membersOf(thrown) }, headers: noStore });
}

/** A command that is refused says in what state the connector is and what that accepts. */
function membersOf(thrown: unknown): Readonly<Record<string, unknown>> {
  return thrown instanceof CommandRefused ? { state: thrown.state, accepts: thrown.accepts } : {};
}

type Outcome = Pick<AuditEntry, 'result' | 'status' | 'code' | 'detail'>;

/** What the disk does not take goes to the log at least. */
async function record(
  act: AuditedAct,
  outcome: Outcome,
  context: Context,
  deps: MountDeps,
): Promise<boolean> {
  const entry: AuditEntry = {
    at: new Date().toISOString(),
    who: context.state.principal?.name ?? 'unknown',
    role: context.state.principal?.role ?? 'none',
    what: act.what,
    target: act.target,
    from: context.req.socket.remoteAddress ?? '',
    ...outcome,
    request_id: context.state.requestId,
  };
  const written = await deps.audit.record(entry);
  if (!written) deps.log.error({ entry }, 'audit.unwritable');
  return written;
}

function send(context: Context, result: Answer): void {
  const { status, body, type = json, headers = {} } = result;
  if (body instanceof Readable) {
    context.status = status;
    context.set({ 'Content-Type': type, 'Cache-Control': 'no-store', ...headers });
    context.body = body;
    return;
  }
  const content = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  answer(context, status, type, content, [...noStore, ...Object.entries(headers).flat()]);
}
