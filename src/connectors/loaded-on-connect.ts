/** A connector whose code, with the client library that it brings, is loaded when it first connects: most gateways use few. */
import { HealthosError } from '../errors.ts';
import type { FetchingConnector } from './connector.ts';

export function loadedOnConnect(load: () => Promise<FetchingConnector>): FetchingConnector {
  let connector: FetchingConnector | undefined;
  return {
    async connect(signal) {
      connector ??= await load();
      await connector.connect(signal);
    },
    async run(deliver, signal) {
      if (connector === undefined)
        throw new HealthosError('internal/bug', 'It runs only when it is connected.');
      await connector.run(deliver, signal);
    },
    lag: () => connector?.lag() ?? Promise.resolve(null),
    async close() {
      await connector?.close();
    },
  };
}
