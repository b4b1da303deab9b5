/** The configuration of a DicomServer. */
import Joi from 'joi';
import { configJoi } from '../../config/values.ts';
import type { ListenTls } from '../listening.ts';

export interface DicomServerConfig {
  readonly host: string;
  readonly port: number;
  readonly ae_title: string;
  readonly called_ae_titles: readonly string[];
  readonly calling_ae_titles: readonly string[];
  readonly max_associations: number;
  readonly max_pdu_bytes: number;
  readonly max_bytes: number;
  readonly idle_timeout_s: number;
  readonly tls?: ListenTls | undefined;
}

/** In a list of titles: whatever title. */
export const ANY_TITLE = '*';

/** PS3.5, 6.2: at most 16 characters of the default repertoire, no backslash, and not spaces alone. */
const title = () =>
  Joi.string()
    .trim()
    .pattern(/^[\x20-\x5b\x5d-\x7e]{1,16}$/, { name: 'title' })
    .messages({
      'string.pattern.name': '{{#label}} must be an AE title: 1 to 16 ASCII characters without a backslash',
    });

const titles = () => Joi.array().items(title()).single();
const file = (description: string) => Joi.string().description(description);

export const schema = Joi.object<DicomServerConfig>({
  host: Joi.string()
    .hostname()
    .default('127.0.0.1')
    .description('The address to listen at; `0.0.0.0` for every one of this machine.'),
  port: Joi.number().port().default(11112).description('The port to listen on.'),
  ae_title: title()
    .default('HEALTHOS')
    .description('The AE title of this application entity, by which senders call it.'),
  called_ae_titles: titles()
    .default([])
    .description('Further titles by which it may be called; `*` for any.')
    .example(['ARCHIVE']),
  calling_ae_titles: titles()
    .default([ANY_TITLE])
    .description('The titles of those who may send; `*` for any.')
    .example(['CT1', 'MR1']),
  max_associations: Joi.number()
    .integer()
    .min(1)
    .max(1024)
    .default(32)
    .description('So many associations at once; the next one is rejected for the time being.'),
  max_pdu_bytes: configJoi
    .size()
    .integer()
    .min(4096)
    .max(2 ** 24)
    .default(128 * 1024)
    .meta({ default: '128KiB' })
    .description('The largest PDU that is taken; senders are told, and keep to it.'),
  max_bytes: configJoi
    .size()
    .integer()
    .min(1)
    .max(2 ** 40)
    .default(2 ** 31)
    .meta({ default: '2GiB' })
    .description('The largest object that is taken.'),
  idle_timeout_s: configJoi
    .duration()
    .min(1)
    .max(86_400)
    .default(60)
    .description('An association on which nothing comes for so long is aborted.'),
  tls: Joi.object({
    cert: file('Our certificate, with what stands between it and its authority: a PEM file.').required(),
    key: file('The key of our certificate: a PEM file.').required(),
    client_ca: file('The authority of the senders: whoever shows no certificate of it is turned away.'),
  }).description('With it, connections are TLS.'),
});
