/** The gateway as a whole: `GET /admin`, the actor tree, the configuration, the audit log. */
import Joi from 'joi';
import { connectorStates } from '../../actors/status.ts';
import type { BusStatus } from '../../bus/message-bus.ts';
import { inForce } from '../../config/in-force.ts';
import { HealthosError } from '../../errors.ts';
import type { AuditPage } from '../../store/audit.ts';
import { unprocessed } from '../bus-depth.ts';
import type { AdminDeps } from './deps.ts';
import { masked } from './masking.ts';
import { route, type Route } from './route.ts';
import { actorNode, auditPage, effectiveConfig, gateway } from './schemas.ts';

export function gatewayRoutes(deps: AdminDeps): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/admin',
      summary: 'The gateway: its state, its bus, how many messages and connectors are in which state.',
      permission: 'read',
      answers: { 200: { description: 'The gateway as it is now.', schema: gateway } },
      handle: async () => ({ status: 200, body: await gatewayStatus(deps) }),
    }),
    route({
      method: 'GET',
      path: '/admin/actors',
      summary: 'The tree of actors, from the root supervisor down.',
      permission: 'read',
      answers: { 200: { description: 'The root, with its children.', schema: actorNode } },
      handle: () => ({ status: 200, body: deps.supervisor.actors() }),
    }),
    route({
      method: 'GET',
      path: '/admin/config',
      summary: 'The configuration in force, and where each value came from.',
      permission: 'read',
      answers: { 200: { description: 'Secrets are masked.', schema: effectiveConfig } },
      handle: () => ({ status: 200, body: configInForce(deps) }),
    }),
    auditRoute(deps),
  ];
}

function auditRoute({ audit }: AdminDeps): Route {
  return route<object, { limit: number; cursor?: string }>({
    method: 'GET',
    path: '/admin/audit',
    summary: 'Who did what, when, from where, and with what result. Newest first.',
    permission: 'audit',
    query: Joi.object({
      limit: Joi.number().integer().min(1).max(1000).default(50).description('How many: 1 to 1000.'),
      cursor: Joi.string().max(200).description('The `next` of the page before.'),
    }),
    answers: { 200: { description: 'A page of the log.', schema: auditPage } },
    handle: async ({ query }) => ({ status: 200, body: await auditPageOf(audit.list(query)) }),
  });
}

async function auditPageOf(page: Promise<AuditPage>): Promise<AuditPage> {
  try {
    return await page;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new HealthosError('request/malformed', 'The parameter cursor is not the `next` of a page.', {
      cause,
    });
  }
}

async function gatewayStatus({ version, supervisor, bus, journal }: AdminDeps): Promise<object> {
  const [busStatus, journalStatus, counts] = await Promise.all([
    bus.status(),
    whileItCan(journal.status()),
    whileItCan(journal.counts()),
  ]);
  return {
    name: 'healthos',
    version,
    ...supervisor.state(),
    ...supervisor.readiness(),
    bus: busSummary(busStatus),
    journal: journalStatus,
    counts: counts && { total: counts.total, ...counts.byState },
    connectors: countStates(supervisor.connectors()),
  };
}

/** The gateway can be looked at while its journal cannot be read: null stands for what is not known. */
async function whileItCan<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof HealthosError && thrown.kind === 'retry') return null;
    throw thrown;
  }
}

function busSummary(status: BusStatus): object {
  const { kind, url, state, since, reason, notices = [], messages, bytes } = status;
  const { depth, oldest } = unprocessed(status);
  return {
    kind,
    url,
    state,
    since: new Date(since).toISOString(),
    reason,
    notices,
    messages,
    bytes,
    depth,
    oldest: oldest === null ? null : new Date(oldest).toISOString(),
  };
}

function countStates(connectors: readonly { readonly state: string }[]): object {
  return Object.fromEntries(
    connectorStates.map((state) => [state, connectors.filter((one) => one.state === state).length]),
  );
}

function configInForce({ definition: loaded, supervisor }: AdminDeps): object {
  const { file, definition, origins, ...said } = inForce(loaded, supervisor.reread());
  const warnings = [...said.flaws, ...said.warnings];
  return { file, definition: masked(definition, origins), origins: Object.fromEntries(origins), warnings };
}
