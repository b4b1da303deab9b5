/** `GET /admin/events`: what happens, as it happens. */
import type { EventHub } from '../events.ts';
import { route, type Route } from './route.ts';

export function eventsRoute(hub: EventHub): Route {
  return route({
    method: 'GET',
    path: '/admin/events',
    summary:
      'Server-sent events: `state` (a change of an actor’s state) and `message` (a step of a message). With `Last-Event-ID`, first what has happened since then: as far as it is kept, the last 1,000 changes and about 2,000 steps, of these what came within a minute after the last listener had gone. Who reads too slowly is cut off.',
    permission: 'read',
    answers: { 200: { description: 'The events, without end.', type: 'text/event-stream' } },
    handle: ({ context }) => ({
      status: 200,
      type: 'text/event-stream; charset=utf-8',
      // A proxy that gathers answers would hold the events back.
      headers: { 'X-Accel-Buffering': 'no' },
      body: hub.open(context.get('Last-Event-ID') || undefined),
    }),
  });
}
