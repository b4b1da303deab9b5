/** How a connection ends: the client's reconnects are off, so each end is a fault for the connector's actor. */
import { DebugEvents, Events, NatsError } from 'nats';
import type { NatsConnection } from 'nats';
import type { HealthosError } from '../../errors.ts';
import { asNatsFault, natsFault } from '../../nats/faults.ts';
import type { NatsPlace } from '../../nats/faults.ts';

/** Resolves with the reason once the connection is of no use any more. */
export function connectionEnd(connection: NatsConnection, place: NatsPlace): Promise<HealthosError> {
  const closed = connection.closed().then((thrown) => asNatsFault(thrown, place));
  // The list of events does not always end with the connection.
  return Promise.race([closed, toldEnd(connection, place, closed)]);
}

async function toldEnd(
  connection: NatsConnection,
  place: NatsPlace,
  closed: Promise<HealthosError>,
): Promise<HealthosError> {
  for await (const { type, data } of connection.status()) {
    if (type === Events.Error && typeof data === 'string' && authentication.has(data)) {
      return asNatsFault(new NatsError(data, data), place);
    }
    // The client now waits until what it wrote is gone, which a server that stands still never takes.
    if (type === DebugEvents.StaleConnection) return silent(place);
    if (type === Events.Disconnect) break;
  }
  return closed;
}

const authentication: ReadonlySet<string> = new Set([
  'AUTHORIZATION_VIOLATION',
  'AUTHENTICATION_EXPIRED',
  'ACCOUNT_EXPIRED',
]);

function silent(place: NatsPlace): HealthosError {
  return natsFault('unreachable', `${place.server} does not answer any more.`, place.side);
}
