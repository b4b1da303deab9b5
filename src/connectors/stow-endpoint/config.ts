/** The configuration of a StowEndpoint. */
import Joi from 'joi';
import { configJoi } from '../../config/values.ts';
import { httpPath } from '../http-path.ts';

export interface StowEndpointConfig {
  readonly url: string;
  readonly max_bytes: number;
}

export const schema = Joi.object<StowEndpointConfig>({
  url: httpPath()
    .default('/dicomweb')
    .description('Where the DICOMweb service is; studies are posted to `studies` below it.'),
  max_bytes: configJoi
    .size()
    .integer()
    .min(1)
    .max(2 ** 40)
    .default(2 ** 31)
    .meta({ default: '2GiB' })
    .description('The largest object that is taken; one request may hold many.'),
});
