/** The routes of connectors on the one HTTP server. */
import type { Context } from 'koa';
import type { HealthosError } from '../errors.ts';

export interface IngressRoute {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** A path that begins with a slash. */
  readonly url: string;
  /** True where it also answers at every address below the path that is no route itself. */
  readonly below?: boolean;
  /** The id of the connector that owns it. */
  readonly owner: string;
  /** Told of each message that is turned away because the connector does not run. */
  readonly refused?: (() => void) | undefined;
  /** How a refusal is answered at this path, whoever refuses; a problem document where it is left out. */
  readonly answerRefusal?: AnswerRefusal | undefined;
}

export type AnswerRefusal = (context: Context, error: HealthosError) => void;

export type IngressHandler = (context: Context) => Promise<void>;

/**
 * A route that is claimed is answered by its handler. A route that was claimed once and given back belongs to a
 * connector that does not run: it is answered 503 with Retry-After, and other methods on its path 405 with Allow.
 */
export interface IngressHost {
  /** Announces a connector's routes before it runs, so that they are answered 503 rather than 404; those it had before are not. */
  announce(...routes: readonly IngressRoute[]): void;
  /** Rejects with `connector/address-taken` where another connector holds it; the answer gives it back. */
  claim(route: IngressRoute, handler: IngressHandler): () => void;
}
