/** Liveness and readiness, for whatever watches the process. Open to all: they tell nothing of what it does. */
import type { Supervisor } from '../actors/status.ts';
import { route, type Route } from './admin/route.ts';
import { health, readiness } from './admin/schemas.ts';

export function healthRoutes(supervisor: Pick<Supervisor, 'readiness'>): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/healthz',
      summary: 'Alive: the process answers.',
      permission: 'open',
      answers: { 200: { description: 'It does.', schema: health } },
      handle: () => ({ status: 200, body: { status: 'up' } }),
    }),
    route({
      method: 'GET',
      path: '/readyz',
      summary:
        'Ready: the bus can store and the validator consumes. A connector that fails does not matter here.',
      permission: 'open',
      answers: {
        200: { description: 'Ready.', schema: readiness },
        503: { description: 'Not ready, and why.', schema: readiness },
      },
      handle: () => {
        const { ready, reasons } = supervisor.readiness();
        return { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'not ready', reasons } };
      },
    }),
  ];
}
