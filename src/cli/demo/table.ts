/** The table at the end of the demo: what became of each message. */
import type { Format } from '../../messages/envelope.ts';
import type { Sample } from '../../samples/index.ts';
import { orDash, plural, stateCell } from '../format.ts';
import type { Cell, Output } from '../output.ts';

/** One message, or a connector through which none could be sent. */
export interface Outcome {
  readonly connector: string;
  readonly sample: Sample | undefined;
  readonly format: Format | null;
  /** `valid`, `invalid`; or why there is no verdict: `refused`, `unknown`, the state of the connector. */
  readonly state: string;
  readonly why: string;
}

/** It ended as its sample says. */
export function asExpected({ sample, state }: Outcome): boolean {
  return sample !== undefined && state === (sample.valid ? 'valid' : 'invalid');
}

export function showOutcomes(output: Output, rows: readonly Outcome[]): void {
  output.line();
  output.table(['CONNECTOR', 'SAMPLE', 'FORMAT', 'STATE', 'WHY'], rows.map(cellsOf));
  output.line();
  for (const [connector, of] of Map.groupBy(rows, ({ connector }) => connector)) {
    output.line(summaryOf(connector, of));
  }
}

function summaryOf(connector: string, rows: readonly Outcome[]): string {
  const sent = rows.filter(({ sample }) => sample !== undefined);
  const count = (state: string) => sent.filter((row) => row.state === state).length;
  const unexpected = rows.filter((row) => !asExpected(row)).length;
  const as = unexpected === 0 ? ', as their samples say' : `; ${unexpected} not as expected`;
  return `${connector}: ${plural(sent.length, 'message')}, ${count('valid')} valid, ${count('invalid')} invalid${as}.`;
}

function cellsOf({ connector, sample, format, state, why }: Outcome): readonly Cell[] {
  return [connector, orDash(sample?.name), orDash(format), stateCell(state), shortened(why)];
}

/** A line of the table stays one line of most terminals. */
function shortened(text: string): string {
  return text.length <= 90 ? text : `${text.slice(0, 89)}…`;
}
