/**
 * The life of one message and of the answer to its sender, as pure transitions; no actor runs it. The ingest obeys
 * `answer`, the journal obeys `life`: a step that it does not allow is a bug.
 */
import { initialTransition, setup, transition } from 'xstate';

export const messageSteps = [
  'received',
  'stored',
  'refused',
  'acknowledged',
  'valid',
  'invalid',
  'delivered',
  'deadletter',
  'replayed',
] as const;
export type MessageStep = (typeof messageSteps)[number];
export type MessageLife =
  'received' | 'refused' | 'stored' | 'valid' | 'invalid' | 'delivered' | 'deadletter';
export type MessageAnswer = 'open' | 'allowed' | 'positive' | 'negative';

export interface MessageEvent {
  readonly type: `message.${MessageStep}`;
}

export const messageMachine = setup({ types: { events: {} as MessageEvent } }).createMachine({
  id: 'message',
  description: 'The life of one message, and the answer to its sender.',
  type: 'parallel',
  states: {
    life: {
      description: 'What became of the message.',
      initial: 'received',
      states: {
        received: {
          description: 'Its bytes are here; nothing is promised yet.',
          on: { 'message.stored': 'stored', 'message.refused': 'refused' },
        },
        refused: {
          description: 'Not stored as far as is known: the sender was told to keep it.',
          // The bus may answer late: then it is stored all the same, and the sender's next try is a duplicate of it.
          on: { 'message.stored': 'stored' },
        },
        stored: {
          description: 'On disk; it can no longer be lost.',
          on: {
            'message.valid': 'valid',
            'message.invalid': 'invalid',
            'message.replayed': { target: 'stored' },
          },
        },
        valid: {
          description: 'Passed validation.',
          on: {
            'message.delivered': 'delivered',
            'message.deadletter': 'deadletter',
            'message.replayed': { target: 'valid' },
          },
        },
        invalid: {
          description: 'Failed validation, and says why.',
          on: { 'message.replayed': { target: 'invalid' } },
        },
        delivered: {
          description: 'An outbound connector delivered it; another may deliver it too.',
          on: {
            'message.delivered': { target: 'delivered' },
            'message.deadletter': 'deadletter',
            'message.replayed': { target: 'delivered' },
          },
        },
        deadletter: {
          description: 'An outbound connector could not deliver it after its last attempt.',
          on: {
            'message.delivered': { target: 'deadletter' },
            'message.deadletter': { target: 'deadletter' },
            'message.replayed': { target: 'deadletter' },
          },
        },
      },
    },
    answer: {
      description: 'What its sender was told.',
      initial: 'open',
      states: {
        open: {
          description: 'The sender waits; a positive answer is not allowed.',
          on: { 'message.stored': 'allowed', 'message.refused': 'negative' },
        },
        allowed: {
          description: 'Stored, so it may be acknowledged.',
          on: { 'message.acknowledged': 'positive' },
        },
        positive: { description: 'Acknowledged: 202, AA, an offset committed.', type: 'final' },
        negative: { description: 'Refused: 503, AR, no commit. It stays so.', type: 'final' },
      },
    },
  },
});

type Moves = ReadonlyMap<MessageLife, ReadonlyMap<MessageStep, MessageLife>>;

const lives = Object.keys(messageMachine.config.states?.['life']?.states ?? {}) as MessageLife[];
const moves: Moves = new Map(lives.map((from) => [from, movesFrom(from)]));

/** The life after a step, or undefined where the machine does not allow the step. As quick as a look-up. */
export function lifeAfter(life: MessageLife, step: MessageStep): MessageLife | undefined {
  return moves.get(life)?.get(step);
}

function movesFrom(from: MessageLife): ReadonlyMap<MessageStep, MessageLife> {
  const [start] = initialTransition(messageMachine);
  // With an answer that is final, whatever can still happen happens to the life.
  const at = messageMachine.resolveState({ ...start, value: { life: from, answer: 'negative' } });
  const taken = messageSteps.flatMap((step) => {
    const event = { type: `message.${step}` } as const;
    const [next] = transition(messageMachine, at, event);
    return at.can(event) ? [[step, next.value.life] as const] : [];
  });
  return new Map(taken);
}
