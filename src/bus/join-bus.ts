/** Joins the bus from another thread, with a port or a connection of its own: the main thread is out of the way. */
import type { MessagePort } from 'node:worker_threads';
import { HealthosError } from '../errors.ts';
import { BusClient } from './embedded/bus-client.ts';
import type { ToJoined } from './embedded/protocol.ts';
import type { EmbeddedTicket } from './embedded-bus.ts';
import type { JetStreamTicket } from './jetstream/client.ts';
import type { BusTicket, MessageBus } from './message-bus.ts';

/** Takes the ticket that `share()` made. Resolves when the bus can be used, or is known to be out of reach. */
export async function joinBus(ticket: unknown): Promise<MessageBus> {
  if (isJetStreamTicket(ticket)) return joinJetStream(ticket);
  if (!isTicket(ticket)) throw new HealthosError('internal/bug', 'This is no ticket of a bus.');
  // Such a thread has no sockets.
  const client = new BusClient(ticket.place, { mayWait: true });
  await follow(ticket.control, client);
  return {
    objects: client.objects,
    publish: (message) => client.publish(message),
    consume: (name, options) => client.consume(name, options),
    forget: (name) => client.forget(name),
    get: (seq) => client.get(seq),
    status: () => client.status(),
    onState: (listener) => client.onState(listener),
    share: cannotShare,
    close: () => leave(client, ticket.control),
  };
}

/** The client is loaded only where it is used. */
async function joinJetStream({ jetstream }: JetStreamTicket): Promise<MessageBus> {
  const { JetStreamClient } = await import('./jetstream/client.ts');
  const client = new JetStreamClient(jetstream, undefined);
  await client.start();
  return client;
}

function isJetStreamTicket(ticket: unknown): ticket is JetStreamTicket {
  return typeof ticket === 'object' && ticket !== null && 'jetstream' in ticket;
}

function isTicket(ticket: unknown): ticket is EmbeddedTicket {
  return typeof ticket === 'object' && ticket !== null && 'place' in ticket && 'control' in ticket;
}

/** Resolves with the first word about where the store is. */
function follow(control: MessagePort, client: BusClient): Promise<void> {
  return new Promise((resolve) => {
    control.on('message', (message: ToJoined) => {
      if (message.type === 'attach') client.attach(message.link);
      if (message.type === 'detach') client.detach(message.state);
      if (message.type === 'end') client.end();
      resolve();
    });
    control.on('close', () => client.end());
  });
}

function cannotShare(): BusTicket {
  throw new HealthosError('internal/bug', 'Only the thread that opened the bus gives tickets.');
}

async function leave(client: BusClient, control: MessagePort): Promise<void> {
  await client.drain();
  client.end();
  control.close();
}
