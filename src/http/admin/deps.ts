/** What the admin API is lent. Everything by interface: the tests lend fakes. */
import type { Supervisor } from '../../actors/status.ts';
import type { MessageBus } from '../../bus/message-bus.ts';
import type { LoadedDefinition } from '../../config/definition.ts';
import type { Logger } from '../../logging.ts';
import type { Body, Receipt } from '../../messages/envelope.ts';
import type { Metrics } from '../../metrics.ts';
import type { AuditLog } from '../../store/audit.ts';
import type { Journal } from '../../store/journal.ts';

/** A statechart as it can be shown. */
export interface MachineDrawing {
  /** `connector`, as in `/admin/machines/connector`. */
  readonly name: string;
  readonly description: string;
  /** The paths of its states, `running.consuming`. */
  readonly states: readonly string[];
  /** XState's own description of the machine, as JSON. */
  readonly definition: object;
  /** Mermaid, `stateDiagram-v2`. */
  readonly mermaid: string;
  /** SVG; each state's element has the state's path as its id. */
  readonly svg: string;
}

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
  /**
   * Takes the message in again, with its own body or with another. Resolves once it is stored. Rejects with
   * `message/not-found`, `message/body-gone`, or as the bus does.
   */
  replay(parentId: string, body: Body | undefined): Promise<Receipt>;
}
