/** The gateway as a whole: opens its parts in the order of the data's way, and closes them in the same. */
import type { Inspector } from './actors/inspector.ts';
import { openDesiredStates } from './actors/desired-states.ts';
import { drawMachines } from './actors/machine-drawings.ts';
import type { Supervisor } from './actors/status.ts';
import { createSupervisor } from './actors/supervisor.ts';
import { type DataFolder, openDataFolder } from './bus/data-folder.ts';
import type { MessageBus } from './bus/message-bus.ts';
import { openBus } from './bus/open-bus.ts';
import { Burst } from './burst.ts';
import { dataFolderOf, type LoadedDefinition } from './config/definition.ts';
import { loadConnector } from './config/load.ts';
import { openConnector } from './connectors/registry.ts';
import { createAdminRouter } from './http/admin/index.ts';
import { createHttpServer } from './http/server.ts';
import { validateRoute } from './http/validate.ts';
import { createIngest } from './ingest/ingest.ts';
import { createReplay } from './ingest/replay.ts';
import type { Logger } from './logging.ts';
import { createMetrics } from './metrics.ts';
import { openAudit } from './store/audit.ts';
import { openControlNumbers } from './store/control-numbers.ts';
import { createJournal } from './store/open-journal.ts';
import { releaseByConnector } from './validation/fhir/settings.ts';
import { partsOf } from './validation/levels.ts';
import { createOnDemandValidator } from './validation/on-demand.ts';
import { createValidator } from './validation/validator-thread.ts';
import { packageVersion } from './version.ts';

export interface Gateway {
  /** Where the server listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Absolute. */
  readonly dataFolder: string;
  /** Where the Stately inspector connects; undefined without `inspect`. */
  readonly inspector: Inspector | undefined;
  readonly supervisor: Supervisor;
  /** Resolves when messages are taken in, judged and journalled, or after so many milliseconds. */
  ready(limitMs: number): Promise<void>;
  /** Takes nothing more in, finishes what is under way, closes everything. Resolves when all is at rest. */
  stop(): Promise<void>;
}

/** The port of the inspector's relay, on loopback. */
const INSPECTOR_PORT = 8081;

/**
 * Resolves when the server listens; the parts go on starting, and `/readyz` tells when they are ready. Rejects with a
 * HealthosError that says what to mend; whatever was opened until then is closed again.
 */
export async function startGateway(
  loaded: LoadedDefinition,
  log: Logger,
  options: { readonly inspect: boolean },
): Promise<Gateway> {
  const { definition } = loaded;
  const closing = new Closing();
  try {
    const folder = await openDataFolder(dataFolderOf(definition.app.messaging));
    closing.add(() => folder.close());
    const bus = await openBus(definition.app.messaging, folder, log);
    closing.add(() => bus.close());
    const inspector = options.inspect ? await openInspector() : undefined;
    closing.add(() => inspector?.close());
    return { ...(await startParts(loaded, log, { folder, bus, inspector, closing })), inspector };
  } catch (thrown) {
    await closing.run();
    throw thrown;
  }
}

/** Loaded only when it is asked for: nothing of it runs otherwise. */
async function openInspector(): Promise<Inspector> {
  const { createInspector } = await import('./actors/inspector.ts');
  return createInspector({ port: INSPECTOR_PORT });
}

interface Ground {
  readonly folder: DataFolder;
  readonly bus: MessageBus;
  readonly inspector: Inspector | undefined;
  readonly closing: Closing;
}

async function startParts(
  loaded: LoadedDefinition,
  log: Logger,
  { folder, bus, inspector, closing }: Ground,
): Promise<Omit<Gateway, 'inspector'>> {
  const { app, connectors, logging } = loaded.definition;
  const metrics = createMetrics();
  const burst = new Burst();
  const journal = createJournal({ file: folder.journal, ticket: () => bus.share(), logging, burst });
  const validator = createValidator({ bus, definition: loaded.definition, log, burst });
  const onDemand = createOnDemandValidator(loaded.definition);
  closing.add(() => onDemand.close());
  const audit = await openAudit(folder.audit, app.audit);
  closing.add(() => audit.close());
  const server = createHttpServer({
    host: app.host,
    port: app.port,
    tls: app.tls,
    auth: app.auth,
    insecureBind: app.insecure_bind,
    audit,
    log,
  });
  const ingest = createIngest(bus, burst);
  const desired = await openDesiredStates(folder.desired);
  const controlNumbers = await openControlNumbers(folder.controlNumbers);
  const supervisor = createSupervisor({
    connectors,
    bus,
    ingress: server.ingress,
    ingest,
    verdict: (dataId, ms) => journal.verdict(dataId, ms),
    controlNumber: () => controlNumbers.next(),
    judge: (payload) => onDemand.validate(payload),
    fhirRelease: releaseByConnector(partsOf(loaded.definition)),
    openConnector,
    reloadConnector: (id) => loadConnector(loaded.file, id, process.env),
    startValidator: (signal) => validator.start(signal),
    startJournal: (signal) => journal.start(signal),
    desired,
    log,
    metrics,
    inspect: inspector?.inspect,
  });
  const admin = createAdminRouter({
    version: packageVersion(),
    supervisor,
    bus,
    journal,
    definition: loaded,
    machines: drawMachines(),
    metrics,
    audit,
    log,
    replay: createReplay(bus, journal, ingest),
  });
  server.use(validateRoute({ validate: (payload) => onDemand.validate(payload) }));
  server.use(admin.middleware);
  closing.add(async () => {
    admin.close();
    await Promise.all([server.close(), supervisor.shutdown()]);
  });
  const { url } = await server.listen();
  return {
    url,
    dataFolder: folder.path,
    supervisor,
    ready: (limitMs) => ready(supervisor, limitMs),
    stop: () => closing.run(),
  };
}

/** Every change on the way there is a change of some actor's state. */
function ready(supervisor: Supervisor, limitMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const look = () => {
    const journal = supervisor.actors().children.find(({ id }) => id === 'journal');
    if (supervisor.readiness().ready && journal?.state.startsWith('up') === true) resolve(undefined);
  };
  const unsubscribe = supervisor.feed.subscribe(look);
  const limit = setTimeout(() => resolve(undefined), limitMs);
  look();
  return promise.finally(() => {
    clearTimeout(limit);
    unsubscribe();
  });
}

/** What was opened, to be closed in the opposite order. */
class Closing {
  readonly #steps: (() => unknown)[] = [];

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  async run(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) await step();
  }
}
