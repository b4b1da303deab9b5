/** The configuration of an MllpServer. */
import Joi from 'joi';
import { configJoi } from '../../config/values.ts';
import type { ListenTls } from '../listening.ts';

export interface MllpServerConfig {
  readonly host: string;
  readonly port: number;
  readonly tls?: ListenTls;
  readonly ack: 'stored' | 'validated';
  readonly when_refusing: 'close' | 'nak';
  readonly max_bytes: number;
  readonly max_connections: number;
  /** Seconds. */
  readonly frame_timeout: number;
  /** Seconds. */
  readonly idle_timeout: number;
}

const path = (description: string) => Joi.string().description(description).example('/etc/healthos/file.pem');

export const schema = Joi.object<MllpServerConfig>({
  host: Joi.string()
    .default('127.0.0.1')
    .description('The address to listen on; 0.0.0.0 for all of this machine.'),
  port: Joi.number()
    .port()
    .default(2575)
    .description('The port to listen on; 2575 is the one registered for HL7.'),
  tls: Joi.object({
    cert: path('The certificate with its chain: a PEM file.').required(),
    key: path('Its private key: a PEM file.').required(),
    client_ca: path('With it, a sender must show a certificate that these authorities issued: a PEM file.'),
  }).description('TLS instead of plain connections. The files are read whenever the connector starts.'),
  ack: Joi.string()
    .valid('stored', 'validated')
    .default('stored')
    .description(
      'When a sender in the original mode is answered: `stored`, AA once the message is safe; `validated`, AA, AE or AR once it is judged too. In the enhanced mode the message itself says which answers are wanted.',
    ),
  when_refusing: Joi.string()
    .valid('close', 'nak')
    .default('close')
    .description(
      'What a sender in the original mode meets while nothing can be taken: `close`, the end of its connection without an answer, so that it tries again; `nak`, AR.',
    ),
  max_bytes: configJoi
    .size()
    .integer()
    .min(1)
    .max(2 ** 40)
    .default(16 * 1024 * 1024)
    .meta({ default: '16MiB' })
    .description('The largest message that is taken.'),
  max_connections: Joi.number()
    .integer()
    .min(1)
    .max(100_000)
    .default(1024)
    .description('So many connections at once; one beyond it is closed at once.'),
  frame_timeout: configJoi
    .duration()
    .min(0.01)
    .default(60)
    .description(
      'A message that has begun must have ended by then, and a sender must have taken our answers.',
    ),
  idle_timeout: configJoi
    .duration()
    .min(0.01)
    .default(3600)
    .description('A connection on which nothing came for so long is closed.'),
});
