/** The steps of messages as those see them who listen. */
import type { MessageEvent } from './journal.ts';
import { timeText } from './journeys.ts';
import type { Applied } from './projection.ts';

/** A message that came is two steps: received, and stored. A step that should not be is none. */
export function eventsOf(applied: Applied): MessageEvent[] {
  if (applied.unexpected) return [];
  const { step, at, entry, connector, judgement } = applied;
  const { dataId: data_id, bytes, receivedAt } = entry.arrived;
  const event = {
    data_id,
    step,
    at: timeText(at),
    connector,
    format: entry.format,
    type: judgement?.type ?? null,
    bytes,
    issues: judgement?.issuesTotal ?? 0,
  };
  if (step !== 'received') return [event];
  return [
    { ...event, at: timeText(receivedAt) },
    { ...event, step: 'stored' },
  ];
}
