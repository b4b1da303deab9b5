/** The configuration of a FhirEndpoint. */
import Joi from 'joi';
import { configJoi } from '../../config/values.ts';
import { httpPath } from '../http-path.ts';

export interface FhirEndpointConfig {
  readonly url: string;
  readonly max_bytes: number;
  readonly bulk: 'whole' | 'resources';
}

export const schema = Joi.object<FhirEndpointConfig>({
  url: httpPath()
    .default('/fhir')
    .description('The base of the endpoint: resources are posted there and one level below.'),
  max_bytes: configJoi
    .size()
    .integer()
    .min(1)
    .max(2 ** 40)
    .default(64 * 1024 * 1024)
    .meta({ default: '64MiB' })
    .description('The largest body that is taken, as sent and as unpacked.'),
  bulk: Joi.string()
    .valid('whole', 'resources')
    .default('whole')
    .description(
      'A bulk file (application/fhir+ndjson) is one message with one verdict (whole), or each of its resources is a message (resources).',
    ),
});
