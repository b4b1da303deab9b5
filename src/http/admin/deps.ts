/** What the admin API is lent. Everything by interface: the tests lend fakes. */
import type { MachineDrawing } from '../../actors/machine-drawings.ts';
import type { Supervisor } from '../../actors/status.ts';
import type { MessageBus } from '../../bus/message-bus.ts';
import type { LoadedDefinition } from '../../config/definition.ts';
import type { Logger } from '../../logging.ts';
import type { Body, Receipt } from '../../messages/envelope.ts';
import type { Metrics } from '../../metrics.ts';
import type { AuditLog } from '../../store/audit.ts';
import type { Journal } from '../../store/journal.ts';
import type { EventTimes } from '../events.ts';

export type { MachineDrawing };

export interface AdminDeps {
  readonly version: string;
  readonly supervisor: Supervisor;
  readonly bus: MessageBus;
  readonly journal: Journal;
  readonly definition: LoadedDefinition;
  readonly machines: readonly MachineDrawing[];
  readonly metrics: Metrics;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** For tests. */
  readonly eventTimes?: Partial<EventTimes>;
  /**
   * Takes the message in again, with its own body or with another. Resolves once it is stored. Rejects with
   * `message/not-found`, `message/body-gone`, or as the bus does.
   */
  replay(parentId: string, body: Body | undefined): Promise<Receipt>;
}
