/** What all connectors have in common that take messages in at an address of the gateway's own server. */
import { notConsuming } from '../http/ingress-handler.ts';
import type { IngressHandler, IngressRoute } from '../http/ingress-host.ts';
import type { Deliver } from '../messages/envelope.ts';
import type { Connector, ConnectorContext } from './connector.ts';

/** Makes the handler of a run; the signal aborts when nothing more is taken in. */
export type OpenHandler = (deliver: Deliver, stopping: AbortSignal) => IngressHandler;

/**
 * The route is held from `connect` to `close`. It is open while `run` runs: before and after that, and while the
 * connector does not accept, a sender is answered 503.
 */
export function createHttpEndpoint(
  context: ConnectorContext,
  address: Pick<IngressRoute, 'method' | 'url' | 'below'>,
  openHandler: OpenHandler,
): Connector {
  const refused = () => context.countRefused('connector/not-consuming');
  const route = { ...address, owner: context.id, refused };
  const shut: IngressHandler = () => {
    refused();
    return Promise.reject(notConsuming(context.id));
  };
  let open = shut;
  let release = nothing;
  context.ingress.announce(route);
  return {
    async connect() {
      await this.close();
      release = context.ingress.claim(route, (request) => open(request));
    },
    async run(deliver, signal) {
      const requests = countRequests(openHandler(deliver, signal));
      open = requests.handler;
      await aborted(signal);
      open = shut;
      await requests.answered();
    },
    close() {
      open = shut;
      release();
      return Promise.resolve();
    },
  };
}

/** A handler that knows how many requests are under way; `answered` resolves when there is none. */
function countRequests(handler: IngressHandler): { handler: IngressHandler; answered(): Promise<void> } {
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

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function nothing(): void {
  // There is no route to give back yet.
}
