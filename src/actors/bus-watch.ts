/** The bus as the supervisor sees it: whether it can store, and why not. */
import { HealthosError } from '../errors.ts';
import type { BusStatus, MessageBus } from '../bus/message-bus.ts';

type State = Pick<BusStatus, 'state' | 'code' | 'reason'>;

export interface BusWatch {
  /** Resolves once the bus is there; rejects with what it met (`bus/…`), to be tried again. */
  open(): Promise<void>;
  /** A sentence that says why the bus cannot store; null when it can. */
  trouble(): string | null;
  close(): void;
}

export function watchBus(bus: Pick<MessageBus, 'status' | 'onState'>): BusWatch {
  let last: State = { state: 'unavailable', reason: 'it is not open yet' };
  const close = bus.onState((status) => (last = status));
  return {
    async open() {
      last = await bus.status();
      if (last.state === 'unavailable') throw unavailable(last);
    },
    trouble: () =>
      last.state === 'ready' ? null : `The bus is ${last.state}: ${last.reason ?? 'no reason is known'}`,
    close,
  };
}

function unavailable({ code, reason }: State): HealthosError {
  const why = reason ?? 'no reason is known';
  const isPlain = code === undefined || code === null || code === 'bus/unavailable';
  if (isPlain) return new HealthosError('bus/unavailable', `The bus cannot be reached: ${why}`);
  return new HealthosError(code, `The bus cannot be used: ${why}`);
}
