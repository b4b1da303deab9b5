/** The statecharts of the gateway. Pure: they import nothing but XState, and do nothing but name what happens and when. */
export { connectorMachine, retryWait } from './connector.machine.ts';
export type { ConnectorInput, ConnectorMachineContext, ConnectorMachineEvent } from './connector.machine.ts';
export { connectorActorId, healthosMachine } from './healthos.machine.ts';
export type {
  HealthosContext,
  HealthosEvent,
  HealthosInput,
  OperatorCommand,
  Supervised,
} from './healthos.machine.ts';
export { journalMachine } from './journal.machine.ts';
export type { JournalEvent } from './journal.machine.ts';
export { lifeAfter, messageMachine, messageSteps } from './message.machine.ts';
export type { MessageAnswer, MessageEvent, MessageLife, MessageStep } from './message.machine.ts';
export { validatorMachine } from './validator.machine.ts';
export type { ValidatorEvent, WorkerContext, WorkerInput } from './validator.machine.ts';
export { backoffCeiling, failureOf } from './events.ts';
export type { Backoff, Ended, Failure, Reason } from './events.ts';
