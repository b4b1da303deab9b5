/** `healthos start`: configuration, gateway, a word to whoever started it, and an orderly end. */
import { announce } from './announce.ts';
import type { LoadedDefinition } from './config/definition.ts';
import { loadDefinition } from './config/load.ts';
import { formatMistake } from './config/mistakes.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { createLogger, type Logger } from './logging.ts';
import { stopSignal } from './signals.ts';

export interface GatewayOptions {
  /** The core service definition. */
  readonly file: string;
  readonly port?: number;
  readonly data?: string;
  /** Something to do with the gateway once it is ready; resolves with an exit status. */
  readonly afterStart?: (gateway: Gateway, loaded: LoadedDefinition) => Promise<number>;
  /** End after that, instead of at a signal. */
  readonly endAfterStart?: boolean;
  /** Opens the relay for the Stately inspector. */
  readonly inspect?: boolean;
}

/** Where it takes longer, whoever started it is told so, and where to look. */
const READY_LIMIT_MS = 5000;

/** Runs the gateway until a signal ends it. Rejects with a HealthosError where it cannot start. */
export async function runGateway(options: GatewayOptions): Promise<number> {
  const loaded = await loadDefinition(options.file, {
    port: options.port,
    data: options.data,
    env: process.env,
  });
  const log = createLogger(loaded.definition.logging);
  warn(loaded, log);
  const gateway = await startGateway(loaded, log, { inspect: options.inspect === true });
  failLoudly(log);
  const signal = stopSignal();
  await Promise.race([gateway.ready(READY_LIMIT_MS), signal]);
  process.stderr.write(announce(loaded, gateway));
  const status = (await options.afterStart?.(gateway, loaded)) ?? 0;
  log.info({ signal: options.endAfterStart === true ? null : await signal }, 'gateway.draining');
  await gateway.stop();
  log.info('gateway.stopped');
  return status;
}

function warn({ warnings, flaws }: LoadedDefinition, log: Logger): void {
  for (const warning of warnings) log.warn({ warning: formatMistake(warning) }, 'config.without-effect');
  for (const flaw of flaws) log.warn({ warning: formatMistake(flaw) }, 'config.flawed');
}

/** What nobody caught is our bug: what is stored is safe, and a fresh process is better than one in an unknown state. */
function failLoudly(log: Logger): void {
  const fail = (thrown: unknown) => {
    log.fatal({ err: thrown }, 'gateway.failed');
    process.exit(1);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
}
