/**
 * The life of a connector that answers on the gateway's HTTP server: its routes are held from `connect` to `close`. They
 * are open while `run` runs: before and after that, and while the connector does not accept, a sender is answered 503.
 */
import { notConsuming } from '../http/ingress-handler.ts';
import type { IngressHandler, IngressRoute } from '../http/ingress-host.ts';
import type { Deliver } from '../messages/envelope.ts';
import { aborted } from './aborted.ts';
import type { Connector, ConnectorContext } from './connector.ts';

/** One route, and what answers there while the connector runs. */
export interface Routed {
  readonly route: Omit<IngressRoute, 'owner' | 'refused'>;
  readonly open: (deliver: Deliver, stopping: AbortSignal) => IngressHandler;
}

export function createRoutedConnector(context: ConnectorContext, routed: readonly Routed[]): Connector {
  const doors = routed.map((one) => new Door(one, context));
  context.ingress.announce(...doors.map(({ route }) => route));
  return {
    async connect() {
      await this.close();
      for (const door of doors) door.claim();
    },
    async run(deliver, signal) {
      for (const door of doors) door.open(deliver, signal);
      await aborted(signal);
      for (const door of doors) door.shut();
      await Promise.all(doors.map((door) => door.answered()));
    },
    close() {
      for (const door of doors) door.release();
      return Promise.resolve();
    },
  };
}

class Door {
  readonly route: IngressRoute;
  readonly #routed: Routed;
  readonly #context: ConnectorContext;
  readonly #refused: () => void;
  #requests: Requests | undefined;
  #handler: IngressHandler;
  #giveBack: () => void = nothing;

  constructor(routed: Routed, context: ConnectorContext) {
    this.#routed = routed;
    this.#context = context;
    this.#refused = () => context.countRefused('connector/not-consuming');
    this.#handler = this.#closed;
    this.route = { ...routed.route, owner: context.id, refused: this.#refused };
  }

  claim(): void {
    this.#giveBack = this.#context.ingress.claim(this.route, (request) => this.#handler(request));
  }

  open(deliver: Deliver, signal: AbortSignal): void {
    this.#requests = countRequests(this.#routed.open(deliver, signal));
    this.#handler = this.#requests.handler;
  }

  shut(): void {
    this.#handler = this.#closed;
  }

  async answered(): Promise<void> {
    await this.#requests?.answered();
  }

  release(): void {
    this.shut();
    this.#giveBack();
    this.#giveBack = nothing;
  }

  readonly #closed: IngressHandler = () => {
    this.#refused();
    return Promise.reject(notConsuming(this.#context.id));
  };
}

interface Requests {
  readonly handler: IngressHandler;
  /** Resolves when none is under way. */
  answered(): Promise<void>;
}

/** A handler that knows how many requests are under way. */
function countRequests(handler: IngressHandler): Requests {
  const none = Promise.withResolvers<undefined>();
  let underWay = 0;
  let awaited = false;
  const settle = () => {
    if (awaited && underWay === 0) none.resolve(undefined);
  };
  return {
    async handler(context) {
      underWay += 1;
      try {
        await handler(context);
      } finally {
        underWay -= 1;
        settle();
      }
    },
    async answered() {
      awaited = true;
      settle();
      await none.promise;
    },
  };
}

function nothing(): void {
  // There is no route to give back.
}
