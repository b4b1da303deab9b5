/**
 * The bus without a server: one SQLite file in the data folder, written by a thread of its own.
 *
 * When that thread dies, what was being published rejects with `bus/unavailable`, another thread takes its place, and
 * consumers go on: their fetches keep waiting, and what they had unanswered comes again.
 */
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { DataFolder } from './data-folder.ts';
import { BusClient } from './embedded/bus-client.ts';
import type { BusPlace } from './embedded/bus-client.ts';
import { StoreSupervisor } from './embedded/supervisor.ts';
import type { StartWorker, StoreUser } from './embedded/supervisor.ts';
import type { BusTicket, MessageBus } from './message-bus.ts';

export interface EmbeddedBusOptions {
  readonly folder: Pick<DataFolder, 'path' | 'bus' | 'objects'>;
  readonly publishTimeoutMs: number;
  readonly duplicateWindowMs: number;
  /** Of what every consumer is done with; nothing unprocessed is ever dropped. */
  readonly retention: { readonly maxAgeMs: number; readonly maxBytes: number };
  /** An object to which no message refers is collected at this age; milliseconds, default one hour. */
  readonly objectGraceMs?: number;
  /** How the store's thread is started; default: as a worker thread. */
  readonly startWorker?: StartWorker;
}

/** What `joinBus` finds in a ticket. */
export interface EmbeddedTicket {
  readonly place: BusPlace;
  readonly control: MessagePort;
}

const HOUR_MS = 3_600_000;

/**
 * Opens the bus. Where its file cannot be opened for now it is `unavailable` and goes on trying: that is no reason for
 * the gateway to end.
 */
export async function openEmbeddedBus(options: EmbeddedBusOptions): Promise<MessageBus> {
  const place = placeOf(options);
  const supervisor = new StoreSupervisor(settingsOf(options), options.startWorker);
  const client = new BusClient(place);
  supervisor.add(client);
  await supervisor.start();
  return {
    objects: client.objects,
    publish: (message) => client.publish(message),
    consume: (name, consumerOptions) => client.consume(name, consumerOptions),
    forget: (name) => client.forget(name),
    get: (seq) => client.get(seq),
    status: () => client.status(),
    onState: (listener) => client.onState(listener),
    share: () => share(supervisor, place),
    close: () => close(client, supervisor),
  };
}

function placeOf({ folder, publishTimeoutMs }: EmbeddedBusOptions): BusPlace {
  return { url: `embedded:${folder.path}`, objectsFolder: folder.objects, publishTimeoutMs };
}

function settingsOf(options: EmbeddedBusOptions) {
  return {
    busFile: options.folder.bus,
    objectsFolder: options.folder.objects,
    duplicateWindowMs: options.duplicateWindowMs,
    maxAgeMs: options.retention.maxAgeMs,
    maxBytes: options.retention.maxBytes,
    objectGraceMs: options.objectGraceMs ?? HOUR_MS,
  };
}

/** The other thread gets its own port to the store, and a new one when the store's thread is replaced. */
function share(supervisor: StoreSupervisor, place: BusPlace): BusTicket {
  const { port1, port2 } = new MessageChannel();
  const user: StoreUser = {
    attach: (link) => port1.postMessage({ type: 'attach', link }, [link.port]),
    detach: (state) => port1.postMessage({ type: 'detach', state }),
    end: () => port1.postMessage({ type: 'end' }),
  };
  port1.on('close', () => supervisor.remove(user));
  port1.unref();
  supervisor.add(user);
  return { ticket: { place, control: port2 } satisfies EmbeddedTicket, transfer: [port2] };
}

async function close(client: BusClient, supervisor: StoreSupervisor): Promise<void> {
  await client.drain();
  await supervisor.end();
}
