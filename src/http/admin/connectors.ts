/** The connectors: what they do, and commanding them. */
import Joi from 'joi';
import { type ConnectorCommand, connectorCommands, type ConnectorStatus } from '../../actors/status.ts';
import { HealthosError } from '../../errors.ts';
import type { AdminDeps } from './deps.ts';
import { route, type Route } from './route.ts';
import { connectorStatus, connectorStatuses } from './schemas.ts';

const id = Joi.string()
  .pattern(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
  .required()
  .description('The id of the connector.');

export function connectorRoutes(deps: AdminDeps): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/admin/connectors',
      summary: 'All connectors, in the order of the service definition.',
      permission: 'read',
      answers: { 200: { description: 'The status of each.', schema: connectorStatuses } },
      handle: () => ({ status: 200, body: deps.supervisor.connectors() }),
    }),
    route<{ id: string }>({
      method: 'GET',
      path: '/admin/connectors/{id}',
      summary: 'One connector.',
      permission: 'read',
      params: Joi.object({ id }),
      answers: { 200: { description: 'Its status.', schema: connectorStatus } },
      errors: ['connector/not-found'],
      handle: ({ params }) => ({ status: 200, body: statusOf(deps, params.id) }),
    }),
    commandRoute(deps),
  ];
}

function statusOf({ supervisor }: AdminDeps, id: string): ConnectorStatus {
  const status = supervisor.connector(id);
  if (status !== undefined) return status;
  throw new HealthosError('connector/not-found', 'The service definition has no connector of this id.');
}

function commandRoute(deps: AdminDeps): Route {
  return route<{ id: string; command: ConnectorCommand }, { wait: '0' | '1' }>({
    method: 'POST',
    path: '/admin/connectors/{id}/{command}',
    summary:
      'Commands a connector. A command whose effect already holds changes nothing, and is answered 200.',
    permission: 'command',
    params: Joi.object({
      id,
      command: Joi.string()
        .valid(...connectorCommands)
        .required()
        .description('A stop survives a restart of the gateway, until a start.'),
    }),
    query: Joi.object({
      wait: Joi.string()
        .valid('0', '1')
        .default('1')
        .description('0: answer at once; 1: when it took effect.'),
    }),
    audit: ({ id = null, command }) => ({ what: `connector.${command ?? 'unknown'}`, target: id }),
    answers: {
      200: { description: 'The status after the command took effect.', schema: connectorStatus },
      202: { description: 'With `wait=0`: the status at once.', schema: connectorStatus },
    },
    errors: ['connector/not-found', 'connector/command-refused'],
    handle: async ({ params, query }) => {
      const wait = query.wait === '1';
      statusOf(deps, params.id);
      const body = await deps.supervisor.command(params.id, params.command, { wait });
      return { status: wait ? 200 : 202, body };
    },
  });
}
