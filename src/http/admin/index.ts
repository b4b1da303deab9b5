/** The admin API, and everything else that the server answers beside ingress: health, metrics, description, dashboard. */
import type Router from '@koa/router';
import type { Middleware } from 'koa';
import { dashboardFileRoutes, dashboardRoute, pageRoute } from '../../dashboard/pages.ts';
import { inForce } from '../../config/in-force.ts';
import { docsPage } from '../docs-page.ts';
import { createEventHub } from '../events.ts';
import { healthRoutes } from '../health.ts';
import { metricsRoute } from '../metrics-page.ts';
import { openApi } from '../openapi.ts';
import type { IngressAddress } from '../openapi-ingress.ts';
import { connectorRoutes } from './connectors.ts';
import type { AdminDeps } from './deps.ts';
import { eventsRoute } from './events.ts';
import { gatewayRoutes } from './gateway.ts';
import { machineRoutes } from './machines.ts';
import { messageRoutes } from './messages.ts';
import { mountRoutes } from './mount.ts';
import { route, type Route } from './route.ts';

export type { AdminDeps, MachineDrawing } from './deps.ts';

export interface AdminRouter {
  readonly router: Router;
  /** For `server.use`: who calls, and from where, was checked before. */
  readonly middleware: Middleware;
  /** What is documented: everything but the dashboard's files. */
  readonly routes: readonly Route[];
  /** Ends the streams of events. */
  close(): void;
}

export function createAdminRouter(deps: AdminDeps): AdminRouter {
  const hub = createEventHub(deps.supervisor.feed, deps.journal, deps.eventTimes);
  const routes: Route[] = [
    ...gatewayRoutes(deps),
    ...connectorRoutes(deps),
    ...machineRoutes(deps),
    eventsRoute(hub),
    ...messageRoutes(deps),
    ...healthRoutes(deps.supervisor),
    metricsRoute(deps),
    dashboardRoute(),
  ];
  routes.push(...descriptionRoutes(deps, routes));
  const router = mountRoutes([...routes, ...dashboardFileRoutes()], deps);
  // Its type asks for members of the context that the router itself adds.
  const middleware = router.routes() as unknown as Middleware;
  return { router, middleware, routes, close: () => hub.close() };
}

/** They describe the list that they are part of: the texts are made when they are first asked for. */
function descriptionRoutes(deps: AdminDeps, routes: readonly Route[]): readonly Route[] {
  const { version } = deps;
  return [
    route({
      method: 'GET',
      path: '/openapi.json',
      summary: 'This description.',
      permission: 'open',
      answers: { 200: { description: 'OpenAPI 3.1.', type: 'application/json' } },
      handle: () => ({ status: 200, body: openApi({ version, routes, ingress: ingressAddresses(deps) }) }),
    }),
    pageRoute('/docs', 'This description, to read.', () => docsPage(version, routes)),
  ];
}

/** As the connectors were read last: one that starts again may have another address. */
function ingressAddresses({ definition: loaded, supervisor }: AdminDeps): readonly IngressAddress[] {
  const { definition } = inForce(loaded, supervisor.reread());
  return definition.connectors.flatMap(({ id, type, config }) => {
    const { url, http_method: method } = config;
    if (type !== 'inbound' || typeof url !== 'string') return [];
    if (config.type === 'StowEndpoint')
      return [{ url: `${url}/studies`, method: 'POST', owner: id, isStudies: true }];
    if (config.type === 'FhirEndpoint') return [{ url, method: 'POST', owner: id, isFhir: true }];
    if (config.type !== 'RestEndpoint') return [];
    return [{ url, method: String(method).toUpperCase() === 'PUT' ? 'PUT' : 'POST', owner: id }];
  });
}
