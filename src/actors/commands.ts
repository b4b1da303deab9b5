/** The operator's commands: which of them a connector accepts in its state, and when one has taken effect. */
import { HealthosError } from '../errors.ts';
import { connectorCommands } from './status.ts';
import type { SnapshotFrom } from 'xstate';
import type { connectorMachine } from '../../machines/index.ts';
import type { ConnectorCommand } from './status.ts';

export type ConnectorSnapshot = SnapshotFrom<typeof connectorMachine>;

/** A command that makes no sense in the connector's state (409). */
export class CommandRefused extends HealthosError {
  readonly state: string;
  /** The commands that it accepts. */
  readonly accepts: readonly ConnectorCommand[];

  constructor(state: string, accepts: readonly ConnectorCommand[]) {
    super('connector/command-refused', `The connector is ${state}; it accepts ${accepts.join(', ')}.`);
    this.state = state;
    this.accepts = accepts;
  }
}

const effects = {
  start: 'started',
  stop: 'stopped',
  restart: 'restarting',
  pause: 'paused',
  resume: 'accepting',
} as const;

/** Does what the command would bring about hold already, or is it on its way? */
export function alreadyHolds(snapshot: ConnectorSnapshot, command: ConnectorCommand): boolean {
  return snapshot.hasTag(effects[command]);
}

export function accepted(snapshot: ConnectorSnapshot): readonly ConnectorCommand[] {
  return connectorCommands.filter((command) => snapshot.can({ type: `connector.${command}` }));
}

/** Has a command that was accepted run its course, whatever came of it? */
export function settled(snapshot: ConnectorSnapshot, command: ConnectorCommand): boolean {
  if (command === 'stop') return snapshot.matches('stopped');
  if (command === 'pause' || command === 'resume') return true;
  return (
    !snapshot.matches('idle') && !snapshot.matches('connecting') && !snapshot.matches({ running: 'draining' })
  );
}
