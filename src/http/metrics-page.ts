/** `GET /metrics`: what the main thread measured, and what the journal counted, for Prometheus. */
import { connectorStates, type Supervisor } from '../actors/status.ts';
import type { MessageBus } from '../bus/message-bus.ts';
import { HealthosError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import type { Journal } from '../store/journal.ts';
import { route, type Route } from './admin/route.ts';
import { depths } from './bus-depth.ts';
import { totalsText } from './metrics-totals.ts';

export interface MetricsDeps {
  readonly metrics: Metrics;
  readonly supervisor: Pick<Supervisor, 'connectors'>;
  readonly bus: Pick<MessageBus, 'status'>;
  readonly journal: Pick<Journal, 'totals'>;
}

export function metricsRoute(deps: MetricsDeps): Route {
  const { registry } = deps.metrics;
  return route({
    method: 'GET',
    path: '/metrics',
    summary: 'Metrics in the text format of Prometheus.',
    permission: 'read',
    answers: { 200: { description: 'The metrics.', type: 'text/plain' } },
    handle: async () => {
      setConnectors(deps);
      await setDepths(deps);
      const [own, counted] = await Promise.all([registry.metrics(), journalText(deps)]);
      return { status: 200, type: registry.contentType, body: own + counted };
    },
  });
}

function setConnectors({ metrics, supervisor }: MetricsDeps): void {
  metrics.connectorState.reset();
  metrics.connectorLag.reset();
  for (const { id, state, lag } of supervisor.connectors()) {
    for (const each of connectorStates) {
      metrics.connectorState.set({ connector: id, state: each }, each === state ? 1 : 0);
    }
    if (lag !== null) metrics.connectorLag.set({ connector: id }, lag);
  }
}

async function setDepths({ metrics, bus }: MetricsDeps): Promise<void> {
  metrics.busDepth.reset();
  for (const [subject, depth] of depths(await bus.status())) metrics.busDepth.set({ subject }, depth);
}

/** Without its journal the gateway still has metrics; what is not known is left out. */
async function journalText({ journal }: MetricsDeps): Promise<string> {
  try {
    return totalsText(await journal.totals());
  } catch (thrown) {
    if (thrown instanceof HealthosError && thrown.kind === 'retry') return '';
    throw thrown;
  }
}
