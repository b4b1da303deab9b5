/** The configuration of a RestEndpoint. */
import Joi from 'joi';
import { configJoi } from '../../config/values.ts';

export interface RestEndpointConfig {
  readonly url: string;
  readonly http_method: 'post' | 'put';
  readonly max_bytes: number;
}

/** Paths at which the gateway itself answers. */
const reserved = /^\/(?:admin|validate|healthz|readyz|metrics|openapi\.json|docs|dashboard)(?:\/|$)/;

export const schema = Joi.object<RestEndpointConfig>({
  url: Joi.string()
    .pattern(/^(?:\/[A-Za-z0-9._~-]+)+$/, { name: 'path' })
    .pattern(reserved, { name: 'own', invert: true })
    .required()
    .description('The path at which messages are received; begins with a slash.')
    .example('/ingress')
    .messages({
      'string.pattern.name':
        '{{#label}} must be a path such as /ingress: letters, digits and . _ ~ - after each slash',
      'string.pattern.invert.name':
        '{{#label}} must not be an address of the gateway itself, such as /admin or /metrics',
    }),
  http_method: Joi.string()
    .lowercase()
    .valid('post', 'put')
    .default('post')
    .description('The method by which messages are sent: post or put.'),
  max_bytes: configJoi
    .size()
    .integer()
    .min(1)
    .max(2 ** 40)
    .default(64 * 1024 * 1024)
    .meta({ default: '64MiB' })
    .description('The largest body that is taken, as sent and as unpacked.'),
});
