/** Which connector answers at which path. */
import { HealthosError } from '../errors.ts';
import type { AnswerRefusal, IngressHandler, IngressHost, IngressRoute } from './ingress-host.ts';

/** The routes at one path, by method. */
export type IngressPath = ReadonlyMap<string, Held>;

/** `handler` is undefined while the connector does not run. */
type Held = Omit<IngressRoute, 'method' | 'url'> & { readonly handler: IngressHandler | undefined };

export interface IngressRoutes extends IngressHost {
  /** What was announced or claimed at the path of a request's target; undefined where that is no connector's. */
  at(target: string): IngressPath | undefined;
}

/** The handler of a path for a method. Throws `request/method-not-allowed` or `connector/not-consuming`. */
export function handlerFor(path: IngressPath, method: string): IngressHandler {
  const route = path.get(method);
  if (route === undefined) {
    throw new HealthosError(
      'request/method-not-allowed',
      `Send messages here by ${[...path.keys()].join(' or ')}.`,
    );
  }
  if (route.handler !== undefined) return route.handler;
  route.refused?.();
  throw new HealthosError('connector/not-consuming', `The connector ${route.owner} is not running.`, {
    retryAfter: 5,
  });
}

/** How refusals are answered at a path, where one of its routes says so. */
export function refusalAnswerOf(path: IngressPath | undefined): AnswerRefusal | undefined {
  return [...(path?.values() ?? [])].find(({ answerRefusal }) => answerRefusal !== undefined)?.answerRefusal;
}

export function createIngressRoutes(): IngressRoutes {
  const paths = new Map<string, Map<string, Held>>();
  return { at, announce, claim };

  function at(target: string): IngressPath | undefined {
    const known = paths.get(target);
    if (known !== undefined) return known;
    const path = target.split('?', 1)[0] ?? '';
    return paths.get(path) ?? above(path);
  }

  /** The nearest path above that also answers for what is below it. */
  function above(path: string): IngressPath | undefined {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const held = paths.get(path.slice(0, end));
      if (held !== undefined && [...held.values()].some(({ below }) => below === true)) return held;
    }
    return undefined;
  }

  function announce(...routes: readonly IngressRoute[]): void {
    for (const { owner } of routes) forget(owner);
    for (const route of routes) hold(route);
  }

  function hold({ url, method, ...rest }: IngressRoute): Map<string, Held> {
    const path = paths.get(url) ?? new Map<string, Held>();
    paths.set(url, path);
    if (!path.has(method)) path.set(method, { ...rest, handler: undefined });
    return path;
  }

  /** A connector whose address was changed in the file does not answer at the old one any more. */
  function forget(owner: string): void {
    for (const [url, methods] of paths) {
      for (const [method, route] of methods) {
        if (route.owner === owner && route.handler === undefined) methods.delete(method);
      }
      if (methods.size === 0) paths.delete(url);
    }
  }

  function claim(route: IngressRoute, handler: IngressHandler): () => void {
    forget(route.owner);
    const path = hold(route);
    const held = path.get(route.method);
    if (held?.handler !== undefined) throw addressTaken(route, held.owner);
    const { method, url: _url, ...rest } = route;
    const claimed = { ...rest, handler };
    path.set(method, claimed);
    return () => {
      if (path.get(method) === claimed) path.set(method, { ...rest, handler: undefined });
    };
  }
}

function addressTaken(route: IngressRoute, holder: string): HealthosError {
  return new HealthosError(
    'connector/address-taken',
    `The connector ${holder} already answers ${route.method} ${route.url}; give ${route.owner} another url.`,
  );
}
