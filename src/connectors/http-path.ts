/** The path at which a connector answers on the gateway's own HTTP server. */
import Joi from 'joi';

/** Paths at which the gateway itself answers. */
const reserved = /^\/(?:admin|validate|healthz|readyz|metrics|openapi\.json|docs|dashboard)(?:\/|$)/;

export function httpPath(): Joi.StringSchema {
  return Joi.string()
    .pattern(/^(?:\/[A-Za-z0-9._~-]+)+$/, { name: 'path' })
    .pattern(reserved, { name: 'own', invert: true })
    .messages({
      'string.pattern.name':
        '{{#label}} must be a path such as /ingress: letters, digits and . _ ~ - after each slash',
      'string.pattern.invert.name':
        '{{#label}} must not be an address of the gateway itself, such as /admin or /metrics',
    });
}
