/** RestEndpoint: takes messages in at a path of the gateway's HTTP server. */
import { createIngressHandler, notConsuming } from '../../http/ingress-handler.ts';
import type { IngressHandler } from '../../http/ingress-host.ts';
import { defineConnector } from '../connector.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { schema } from './config.ts';
import type { RestEndpointConfig } from './config.ts';

export const restEndpoint = defineConnector<RestEndpointConfig>({
  kind: 'RestEndpoint',
  direction: 'inbound',
  description: 'Receives messages over HTTP, at a path of the server that also answers the admin API.',
  schema,
  create,
});

/**
 * The route is held from `connect` to `close`. It is open while `run` runs: before and after that, and while the
 * connector does not accept, a sender is answered 503.
 */
function create(config: RestEndpointConfig, context: ConnectorContext): Connector {
  const method = config.http_method === 'put' ? 'PUT' : 'POST';
  const refused = () => context.countRefused('connector/not-consuming');
  const route = { method, url: config.url, owner: context.id, refused } as const;
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
      const requests = countRequests(
        createIngressHandler({ connector: context, deliver, maxBytes: config.max_bytes, stopping: signal }),
      );
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
