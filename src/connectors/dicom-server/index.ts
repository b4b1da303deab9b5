/** DicomServer: takes DICOM objects in over DIMSE, as the service class provider of Verification and Storage. */
import type { Socket } from 'node:net';
import { aborted } from '../aborted.ts';
import { defineConnector } from '../connector.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { attend, REQUEST_MS, type Association, type Station } from './association.ts';
import { schema } from './config.ts';
import type { DicomServerConfig } from './config.ts';
import { openListener } from './listener.ts';
import { createStore } from './store.ts';

export const dicomServer = defineConnector<DicomServerConfig>({
  kind: 'DicomServer',
  direction: 'inbound',
  description: 'Receives DICOM objects over DIMSE: C-STORE and C-ECHO, with or without TLS.',
  schema,
  create,
});

/** Connections beyond the associations, so that those are told why they are rejected. */
const MORE_CONNECTIONS = 64;

/**
 * The port is held from `connect` to `close`. Objects are taken in while `run` runs; before and after that, and while the
 * connector does not accept, an association is rejected as transient.
 */
function create(config: DicomServerConfig, context: ConnectorContext): Connector {
  const shut = { config, context, store: undefined, stopping: new AbortController().signal };
  let station: Station = { ...shut, associations: new Set<Association>() };
  const attended = new Set<Promise<void>>();
  let release = () => Promise.resolve();
  return {
    async connect(signal) {
      await this.close();
      const options = {
        address: config,
        maxConnections: config.max_associations + MORE_CONNECTIONS,
        handshakeMs: REQUEST_MS,
        accept(socket: Socket) {
          const whole = attend(socket, station).finally(() => attended.delete(whole));
          if (station.store !== undefined) attended.add(whole);
        },
        broken: (error: Error) =>
          context.log.debug({ connector: context.id, err: error }, 'association.no-tls'),
      };
      const listener = await openListener(options, signal);
      release = () => listener.close();
    },
    async run(deliver, signal) {
      const store = createStore(context, deliver, signal);
      station = { ...station, store, stopping: signal };
      await aborted(signal);
      station = { ...station, ...shut };
      await Promise.all(attended);
    },
    async close() {
      const releasing = release();
      release = () => releasing;
      await releasing;
    },
  };
}
