/** The one HTTP server: Koa on Node's own, with limits, one shape of errors, and an orderly end. */
import Koa from 'koa';
import type { Context, DefaultContext, DefaultState, Middleware, Next } from 'koa';
import type { TlsDefinition, TokenDefinition } from '../config/definition.ts';
import { HealthosError } from '../errors.ts';
import type { Logger } from '../logging.ts';
import { ArrivingBodies } from './arriving-bodies.ts';
import { createAuthenticate } from './auth.ts';
import { changesState, createGuard } from './guard.ts';
import type { AnswerRefusal, IngressHost } from './ingress-host.ts';
import { createIngressRoutes, handlerFor, refusalAnswerOf } from './ingress-routes.ts';
import type { IngressPath, IngressRoutes } from './ingress-routes.ts';
import { createListener } from './listener.ts';
import type { AuditLog } from '../store/audit.ts';
import { answerProblem, asProblem } from './problem.ts';
import { requestIdFor } from './request-id.ts';

export interface HttpServerOptions {
  readonly host: string;
  /** 0: any port that is free. */
  readonly port: number;
  /** Each a path or the PEM text itself; with `client_ca` a client must show a certificate of that authority. */
  readonly tls?: TlsDefinition | undefined;
  /** Undefined: no tokens, and a caller on loopback is admin. */
  readonly auth?: { readonly tokens: readonly TokenDefinition[] } | undefined;
  /** Without tokens: a caller from anywhere is admin (`app.insecure_bind`). */
  readonly insecureBind?: boolean;
  readonly log: Logger;
  /** Told of each request that would have changed something through the admin API and came from a foreign page. */
  readonly audit?: Pick<AuditLog, 'record'> | undefined;
  readonly limits?: Partial<HttpLimits>;
}

/** Times in milliseconds. */
export interface HttpLimits {
  /** For the request line and the headers to arrive. */
  readonly headersMs: number;
  /** For the whole request to arrive; then it is answered 408. */
  readonly requestMs: number;
  /** How often the two above are looked at. */
  readonly checkMs: number;
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number;
  /** How long `close` waits for answers under way. */
  readonly drainMs: number;
  /** All headers together; more is answered 431. */
  readonly headerBytes: number;
}

export const defaultLimits: HttpLimits = {
  headersMs: 20_000,
  requestMs: 120_000,
  checkMs: 5_000,
  keepAliveMs: 65_000,
  drainMs: 8_000,
  headerBytes: 16 * 1024,
};

export interface HttpServer {
  /** Where connectors take up their routes. */
  readonly ingress: IngressHost;
  /** Aborts when the server begins to close: what would go on (events, waiting for verdicts) ends. */
  readonly closing: AbortSignal;
  /**
   * Adds a middleware, before `listen`, for whatever is no connector's route. Before it runs, Host and Origin were checked and
   * `context.state` has `principal` and `requestId`; what it throws is answered as a problem, and so are a 404 without a
   * body and a 405 or 501 of a router's `allowedMethods`. `Added` is what a router puts into the context itself.
   */
  use<Added = object>(middleware: Middleware<DefaultState, DefaultContext & Added>): void;
  /** Resolves when connections are accepted. Rejects with `http/address-taken`, `http/address-unusable`, `config/invalid`. */
  listen(): Promise<{ readonly url: string }>;
  /** Accepts no more, answers what is under way, closes. Resolves after `drainMs` at the latest. */
  close(): Promise<void>;
}

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const routes = createIngressRoutes();
  const closing = new AbortController();
  const app = createApp(options);
  app.use(answering(options, routes, closing.signal));
  const listener = createListener({ ...options, limits: { ...defaultLimits, ...options.limits } }, () =>
    app.callback(),
  );
  return {
    ingress: routes,
    closing: closing.signal,
    use: <Added>(middleware: Middleware<DefaultState, DefaultContext & Added>) =>
      void app.use<object, Added>(middleware),
    listen: () => listener.listen(),
    close: () => {
      closing.abort();
      return listener.close();
    },
  };
}

/** Koa prints errors with their text to standard error unless somebody else takes them. */
function createApp({ log }: HttpServerOptions): Koa {
  const app = new Koa();
  app.on('error', (error: unknown) => log.debug({ err: error }, 'http.connection-broken'));
  return app;
}

/** The outermost middleware. Connectors' routes are found by one look-up and answered right here. */
function answering(options: HttpServerOptions, routes: IngressRoutes, closing: AbortSignal): Middleware {
  const authenticate = createAuthenticate({
    tokens: options.auth?.tokens,
    insecure: options.insecureBind === true,
  });
  const guard = createGuard(options.host);
  const arriving = new ArrivingBodies(closing, stopping);
  return async (context, next) => {
    const { req, res } = context;
    context.state.requestId = requestIdFor(req.headers['x-request-id']);
    context.state.closing = closing;
    context.state.arriving = arriving;
    const path = routes.at(req.url ?? '');
    try {
      const caller = authenticate(req);
      context.state.principal = caller;
      guard(req, caller);
      await (path === undefined ? otherwise(context, next) : toConnector(context, path));
    } catch (thrown) {
      await auditForeign(context, thrown, options.audit);
      report(context, thrown, options.log, refusalAnswerOf(path));
    }
    if (closing.aborted && !res.headersSent) res.shouldKeepAlive = false;
  };
}

function stopping(): HealthosError {
  return new HealthosError('bus/closed', 'The gateway is stopping, and the body had not arrived whole.', {
    retryAfter: 5,
  });
}

/** A HEAD is a GET whose answer has no body, which Node leaves out by itself (RFC 9110, section 9.3.2). */
function toConnector(context: Context, path: IngressPath): Promise<void> {
  const method = context.req.method === 'HEAD' ? 'GET' : (context.req.method ?? '');
  if (!path.has(method)) context.set('Allow', allowedAt(path));
  return handlerFor(path, method)(context);
}

function allowedAt(path: IngressPath): string {
  return [...path.keys()].map((method) => (method === 'GET' ? 'GET, HEAD' : method)).join(', ');
}

/** Everything that is no connector's route. */
async function otherwise(context: Context, next: Next): Promise<void> {
  context.set('X-Request-Id', context.state.requestId);
  context.set('X-Content-Type-Options', 'nosniff');
  await next();
  if (context.respond === false || (context.body !== undefined && context.body !== null)) return;
  if (context.status === 404) {
    throw new HealthosError('request/not-found', 'This server has nothing at this address.');
  }
  if (context.status === 405 || context.status === 501) throw methodNotAllowed();
}

function methodNotAllowed(): HealthosError {
  return new HealthosError(
    'request/method-not-allowed',
    'The Allow header names the methods of this address.',
  );
}

/** The guard stands before the routes, which write down what they refuse themselves. */
async function auditForeign(
  context: Context,
  thrown: unknown,
  audit: HttpServerOptions['audit'],
): Promise<void> {
  const { code, status } = asProblem(thrown);
  const foreign = code === 'request/foreign-host' || code === 'request/foreign-origin';
  if (!foreign || !context.path.startsWith('/admin/') || !changesState(context.method)) return;
  await audit?.record({
    at: new Date().toISOString(),
    who: context.state.principal?.name ?? 'unknown',
    role: context.state.principal?.role ?? 'none',
    what: 'request.foreign',
    target: null,
    from: context.req.socket.remoteAddress ?? '',
    result: 'refused',
    status,
    code,
    detail: null,
    request_id: context.state.requestId,
  });
}

function report(
  context: Context,
  thrown: unknown,
  log: Logger,
  answerRefusal: AnswerRefusal = answerProblem,
): void {
  const error = asProblem(thrown);
  if (error.kind === 'bug') {
    log.error({ request_id: context.state.requestId, err: error }, 'http.unexpected-error');
  }
  answerRefusal(context, error);
}
