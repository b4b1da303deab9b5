/** The metrics that the main thread measures itself; what the journal counts is added when they are read. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  readonly registry: Registry;
  /** Seconds from the whole body being read until the bus stored it. */
  readonly ackSeconds: Histogram;
  readonly refused: Counter<'connector' | 'code'>;
  readonly connectorState: Gauge<'connector' | 'state'>;
  readonly connectorLag: Gauge<'connector'>;
  readonly connectorStalls: Counter<'connector'>;
  readonly busDepth: Gauge<'subject'>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    ackSeconds: new Histogram({
      name: 'healthos_ack_seconds',
      help: 'Seconds from the whole body being read until the bus stored it.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    refused: new Counter({
      name: 'healthos_refused_total',
      help: 'Messages turned away before they were stored, by code.',
      labelNames: ['connector', 'code'],
      registers,
    }),
    connectorState: new Gauge({
      name: 'healthos_connector_state',
      help: '1 for the state that the connector is in, 0 for the others.',
      labelNames: ['connector', 'state'],
      registers,
    }),
    connectorLag: new Gauge({
      name: 'healthos_connector_lag',
      help: 'Messages that wait at the source.',
      labelNames: ['connector'],
      registers,
    }),
    connectorStalls: new Counter({
      name: 'healthos_connector_stalls_total',
      help: 'How often the connector held messages at its source and moved none.',
      labelNames: ['connector'],
      registers,
    }),
    busDepth: new Gauge({
      name: 'healthos_bus_depth',
      help: 'Messages on the subject that are not yet dealt with.',
      labelNames: ['subject'],
      registers,
    }),
  };
}
