/** The statecharts: as data and as drawings. */
import Joi from 'joi';
import { HealthosError } from '../../errors.ts';
import type { AdminDeps, MachineDrawing } from './deps.ts';
import { route, type Route } from './route.ts';
import { machineDefinition, machineList } from './schemas.ts';

interface Named {
  name: string;
}

const params = Joi.object<Named>({
  name: Joi.string()
    .pattern(/^[a-z][a-z0-9-]{0,63}$/)
    .required()
    .description('The name of the machine: `connector`.'),
});

export function machineRoutes({ machines }: AdminDeps): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/admin/machines',
      summary: 'The statecharts that the gateway runs on.',
      permission: 'read',
      answers: { 200: { description: 'Each with its states.', schema: machineList } },
      handle: () => ({
        status: 200,
        body: machines.map(({ name, description, states }) => ({ name, description, states })),
      }),
    }),
    drawing('/admin/machines/{name}.mmd', 'text/vnd.mermaid; charset=utf-8', ({ mermaid }) => mermaid),
    drawing('/admin/machines/{name}.svg', 'image/svg+xml; charset=utf-8', ({ svg }) => svg),
    route<Named>({
      method: 'GET',
      path: '/admin/machines/{name}',
      summary: 'One statechart, as XState describes it.',
      permission: 'read',
      params,
      answers: { 200: { description: 'States, transitions, descriptions.', schema: machineDefinition } },
      errors: ['request/not-found'],
      handle: ({ params: { name } }) => ({ status: 200, body: machineNamed(name).definition }),
    }),
  ];

  function drawing(path: string, type: string, draw: (machine: MachineDrawing) => string): Route {
    return route<Named>({
      method: 'GET',
      path,
      summary: `One statechart, drawn as ${type.startsWith('image') ? 'SVG' : 'Mermaid'}.`,
      permission: 'read',
      params,
      answers: { 200: { description: 'The drawing.', type } },
      errors: ['request/not-found'],
      handle: ({ params: { name } }) => ({
        status: 200,
        type,
        headers: inert,
        body: draw(machineNamed(name)),
      }),
    });
  }

  function machineNamed(name: string): MachineDrawing {
    const machine = machines.find((each) => each.name === name);
    if (machine !== undefined) return machine;
    const known = machines.map((each) => each.name).join(', ');
    throw new HealthosError('request/not-found', `There is no machine of this name. There are: ${known}.`);
  }
}

/** A drawing that is opened by itself runs nothing and loads nothing. */
const inert = { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox" };
