/** The configuration of a RestEndpoint. */
import Joi from 'joi';
import { configJoi } from '../../config/values.ts';
import { httpPath } from '../http-path.ts';

export interface RestEndpointConfig {
  readonly url: string;
  readonly http_method: 'post' | 'put';
  readonly max_bytes: number;
}

export const schema = Joi.object<RestEndpointConfig>({
  url: httpPath()
    .required()
    .description('The path at which messages are received; begins with a slash.')
    .example('/ingress'),
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
