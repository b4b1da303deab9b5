/** What service definitions may name in these tests, without any connector's or engine's code. */
import { configJoi as joi } from '../../src/config/values.ts';
import type { Known } from '../../src/config/known.ts';

const kinds: Awaited<ReturnType<Known['kinds']>> = [
  {
    kind: 'RestEndpoint',
    direction: 'inbound',
    description: 'Takes messages in over HTTP.',
    schema: joi.object({
      url: joi.string().pattern(/^\//).required().description('The path, beginning with a slash.'),
      http_method: joi.string().lowercase().valid('post', 'put').default('post').description('The method.'),
      max_bytes: joi.size().positive().default(67_108_864).description('The largest body.'),
      api_key: joi.string().meta({ secret: true }).description('A secret.'),
    }),
  },
];

export const testKnown: Known = {
  kinds: () => Promise.resolve(kinds),
  ruleIds: () =>
    Promise.resolve(new Set(['message/unknown-format', 'hl7v2/required-field', 'fhir/cardinality'])),
};
