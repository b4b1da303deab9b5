/** Which connector answers at which path. */
import { HealthosError } from '../errors.ts';
import type { IngressHandler, IngressHost, IngressRoute } from './ingress-host.ts';

/** The routes at one path, by method. */
export type IngressPath = ReadonlyMap<string, Held>;

/** `handler` is undefined while the connector does not run. */
type Held = Pick<IngressRoute, 'owner' | 'refused' | 'below'> & {
  readonly handler: IngressHandler | undefined;
};

export interface IngressRoutes extends IngressHost {
  /** What was announced or claimed at the path of a request's target; undefined where that is no connector's. */
  at(target: string): IngressPath | undefined;
}

/** The handler of a path for a method. Throws `request/method-not-allowed` or `connector/not-consuming`. */
export function handlerFor(path: IngressPath, method: string | undefined): IngressHandler {
  const route = path.get(method ?? '');
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

export function createIngressRoutes(): IngressRoutes {
  const paths = new Map<string, Map<string, Held>>();
  return { at, announce, claim };

  function at(target: string): IngressPath | undefined {
    return paths.get(target) ?? atPath(target.split('?', 1)[0] ?? '');
  }

  function atPath(path: string): IngressPath | undefined {
    return paths.get(path) ?? above(path);
  }

  /** The nearest path above whose routes are also at the addresses below it. */
  function above(path: string): IngressPath | undefined {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const found = paths.get(path.slice(0, end));
      if (found !== undefined && [...found.values()].some(({ below }) => below === true)) return found;
    }
    return undefined;
  }

  function announce({ url, method, owner, refused, below }: IngressRoute): void {
    forget(owner);
    const path = paths.get(url) ?? new Map<string, Held>();
    paths.set(url, path);
    if (!path.has(method)) path.set(method, { owner, refused, below, handler: undefined });
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
    announce(route);
    const path = paths.get(route.url);
    const held = path?.get(route.method);
    if (held?.handler !== undefined) throw addressTaken(route, held.owner);
    const { owner, refused, below } = route;
    const claimed = { owner, refused, below, handler };
    path?.set(route.method, claimed);
    return () => {
      if (path?.get(route.method) === claimed)
        path.set(route.method, { owner, refused, below, handler: undefined });
    };
  }
}

function addressTaken(route: IngressRoute, holder: string): HealthosError {
  return new HealthosError(
    'connector/address-taken',
    `The connector ${holder} already answers ${route.method} ${route.url}; give ${route.owner} another url.`,
  );
}
