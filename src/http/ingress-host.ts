/** The routes of connectors on the one HTTP server. */
import type { Context } from 'koa';

export interface IngressRoute {
  readonly method: 'POST' | 'PUT';
  /** A path that begins with a slash. */
  readonly url: string;
  /** True: it is also at every address below the path that is no other connector's. */
  readonly below?: boolean | undefined;
  /** The id of the connector that owns it. */
  readonly owner: string;
  /** Told of each message that is turned away because the connector does not run. */
  readonly refused?: (() => void) | undefined;
}

export type IngressHandler = (context: Context) => Promise<void>;

/**
 * A route that is claimed is answered by its handler. A route that was claimed once and given back belongs to a
 * connector that does not run: it is answered 503 with Retry-After, and other methods on its path 405 with Allow.
 */
export interface IngressHost {
  /** Announces a connector's route before it runs, so that it is answered 503 rather than 404; one it had before is not. */
  announce(route: IngressRoute): void;
  /** Rejects with `connector/address-taken` where another connector holds it; the answer gives it back. */
  claim(route: IngressRoute, handler: IngressHandler): () => void;
}
