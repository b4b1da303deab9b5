/** The rules that belong to no format: what happened to a message on its way through validation. */
import type { Rule } from './engine.ts';

const always = { lenient: 'error', standard: 'error', strict: 'error' } as const;

export const generalRules = {
  unknownFormat: {
    id: 'message/unknown-format',
    title: 'The format of a message can be told from its bytes.',
    spec: 'HealthOS contract, Ingress',
    levels: always,
  },
  validationTimeout: {
    id: 'message/validation-timeout',
    title: 'A message can be validated within the deadline.',
    spec: 'HealthOS design, Threads',
    levels: always,
  },
  validationCrash: {
    id: 'message/validation-crash',
    title: 'A message can be validated without exhausting or ending the validator.',
    spec: 'HealthOS design, Threads',
    levels: always,
  },
  bodyGone: {
    id: 'message/body-gone',
    title: 'The body of a message that went by claim check can be read.',
    spec: 'HealthOS design, Subjects',
    levels: always,
  },
} as const satisfies Record<string, Rule>;

export type GeneralRule = keyof typeof generalRules;
