/** What the routes of one message share. */
import Joi from 'joi';
import { HealthosError } from '../../errors.ts';

export interface MessageParams {
  id: string;
}

export const messageParams = Joi.object<MessageParams>({
  id: Joi.string()
    .guid()
    .lowercase()
    .required()
    .description('The `data_id` of the message.')
    .error(() => noSuchMessage()),
});

export function noSuchMessage(): HealthosError {
  return new HealthosError('message/not-found', 'The journal has no message of this id.');
}
