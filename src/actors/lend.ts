/** What the gateway lends a connector, for as long as that connector is in use. */
import type { ConnectorDefinition } from '../config/definition.ts';
import type { ConnectorContext } from '../connectors/connector.ts';
import type { Gate } from './gate.ts';
import type { SupervisorOptions } from './supervisor.ts';

type Lent = Pick<
  SupervisorOptions,
  'log' | 'ingress' | 'bus' | 'verdict' | 'controlNumber' | 'judge' | 'fhirRelease'
>;

/** When `abandoned` aborts, what the connector listens to ends, and it is told that nothing is accepted. */
export function lend(
  definition: ConnectorDefinition,
  gate: Gate,
  { log, ingress, bus, verdict, controlNumber, judge, fhirRelease }: Lent,
  abandoned: AbortSignal,
): ConnectorContext {
  const { id, name, rate_limit: rateLimit } = definition;
  const own = log.child({ connector: id });
  return {
    id,
    name,
    rateLimit,
    hurry: () => gate.hurry(),
    log: own,
    accepting: () => !abandoned.aborted && gate.accepting(),
    onAccepting: (listener) =>
      untilAborted(abandoned, () => gate.onAccepting((accepting) => call(listener, accepting, own))),
    ingress,
    objects: bus.objects,
    countRefused: (code) => gate.countRefused(code),
    verdict,
    controlNumber,
    judge: (payload) => judge({ ...payload, connector: id }),
    fhirRelease: fhirRelease(id),
  };
}

/** A listener that throws must not stop the actor whose change it hears of. */
function call(
  listener: (accepting: boolean) => void,
  accepting: boolean,
  log: ConnectorContext['log'],
): void {
  try {
    listener(accepting);
  } catch (thrown) {
    log.error({ err: thrown }, 'connector.listener-failed');
  }
}

/** Begins something that is ended by the answer or by the signal, whichever comes first. */
function untilAborted(signal: AbortSignal, begin: () => () => void): () => void {
  if (signal.aborted) return () => undefined;
  const end = begin();
  signal.addEventListener('abort', end, { once: true });
  return () => {
    signal.removeEventListener('abort', end);
    end();
  };
}
