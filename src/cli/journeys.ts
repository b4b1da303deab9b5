/** Messages and their journeys, as they are shown to people. */
import type { Journey, JourneyItem, JourneyStep } from '../store/journal.ts';
import { orDash, plural, shortBytes, shortTime, stateCell } from './format.ts';
import { showIssue } from './issues.ts';
import type { Cell, Output } from './output.ts';

export const journeyHeads = [
  'DATA ID',
  'RECEIVED',
  'STATE',
  'FORMAT',
  'VERSION',
  'TYPE',
  'BYTES',
  'CONNECTOR',
];

export function journeyRow(item: JourneyItem): Cell[] {
  return [
    item.data_id,
    shortTime(item.received_at),
    stateCell(item.state),
    orDash(item.format),
    orDash(item.version),
    orDash(item.type),
    shortBytes(item.bytes),
    orDash(item.connector),
  ];
}

export function showJourney(output: Output, journey: Journey): void {
  const { steps, issues, issues_total, replays, ...facts } = journey;
  const rows = Object.entries({ ...facts, replays: replays.join(' ') }).map(([name, value]) => [
    name,
    name === 'state' ? stateCell(orDash(value)) : orDash(value),
  ]);
  output.table(['WHAT', 'IS'], rows);
  output.line();
  showSteps(output, steps);
  if (issues_total === 0) return;
  output.line();
  output.line(`${plural(issues_total, 'issue')}:`);
  for (const issue of issues) showIssue(output, issue);
}

/** The message first, then its replays. */
export function showTrace(output: Output, journeys: readonly Journey[]): void {
  for (const [index, { data_id, state, steps, parent_id }] of journeys.entries()) {
    if (index > 0) output.line();
    const origin = parent_id === null ? '' : `, a replay of ${parent_id}`;
    output.line(`${data_id}: ${state}${origin}`);
    showSteps(output, steps);
  }
}

function showSteps(output: Output, steps: readonly JourneyStep[]): void {
  const begun = Date.parse(steps[0]?.at ?? '');
  const rows = steps.map(({ step, at, connector, data_id, issues }) => [
    at,
    `+${Date.parse(at) - begun} ms`,
    stateCell(step),
    [connector, data_id, issues === undefined ? undefined : plural(issues, 'issue')]
      .filter((part) => part !== undefined)
      .join(' '),
  ]);
  output.table(['AT', 'AFTER', 'STEP', ''], rows);
}
