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
  /** Synthetic traffic of all four formats, once the gateway is ready. */
  readonly demo?: boolean;
  /** Opens the relay for the Stately inspector. */
  readonly inspect?: boolean;
}

/** Runs the gateway until a signal ends it. Rejects with a HealthosError where it cannot start. */
export async function runGateway(options: GatewayOptions): Promise<number> {
  const loaded = await loadDefinition(options.file, { port: options.port, data: options.data, env: process.env });
  const log = createLogger(loaded.definition.logging);
  warn(loaded, log);
  const gateway = await startGateway(loaded, log, { inspect: options.inspect === true });
  failLoudly(log);
  process.stderr.write(announce(loaded, gateway));
  const signal = await stopSignal();
  return stop(gateway, log, signal);
}

function warn({ warnings }: LoadedDefinition, log: Logger): void {
  for (const warning of warnings) log.warn({ warning: formatMistake(warning) }, 'config.without-effect');
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

async function stop(gateway: Gateway, log: Logger, signal: NodeJS.Signals): Promise<number> {
  log.info({ signal }, 'gateway.draining');
  await gateway.stop();
  log.info('gateway.stopped');
  return 0;
}
