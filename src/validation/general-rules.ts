/** The rules that belong to no format: what happened to a message on its way through validation. */
import type { Rule } from './engine.ts';
import { unreadable } from './gravity.ts';

export const generalRules = {
  unknownFormat: {
    id: 'message/unknown-format',
    title: 'The format of a message can be told from its bytes.',
    spec: 'HealthOS contract, Ingress',
    levels: unreadable,
  },
  validationTimeout: {
    id: 'message/validation-timeout',
    title: 'A message can be validated within the deadline.',
    spec: 'HealthOS design, Threads',
    levels: unreadable,
  },
  validationCrash: {
    id: 'message/validation-crash',
    title: 'A message can be validated without exhausting or ending the validator.',
    spec: 'HealthOS design, Threads',
    levels: unreadable,
  },
  bodyGone: {
    id: 'message/body-gone',
    title: 'The body of a message that went by claim check can be read.',
    spec: 'HealthOS design, Subjects',
    levels: unreadable,
  },
} as const satisfies Record<string, Rule>;

export type GeneralRule = keyof typeof generalRules;
