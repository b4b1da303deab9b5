/** How a sender wants to be answered: the original mode with one answer, or the enhanced one with two (HL7 v2, ch. 2, 2.9). */
import type { Echo } from './echo.ts';

/** Table 0155: always, never, on error or rejection only, on success only. */
export type Condition = 'AL' | 'NE' | 'ER' | 'SU';

export type Acknowledging =
  /** It answers a message itself, and an acknowledgement is never acknowledged. */
  | { readonly mode: 'none' }
  /** Neither MSH-15 nor MSH-16 is valued: one answer (2.9.2). */
  | { readonly mode: 'original' }
  /** One answer when it is stored, one on its content, each on its condition (2.9.3). */
  | { readonly mode: 'enhanced'; readonly accept: Condition; readonly application: Condition };

export function acknowledgingOf(echo: Echo): Acknowledging {
  if (echo.isAcknowledgement) return { mode: 'none' };
  const accept = conditionIn(echo.component(15, 1));
  const application = conditionIn(echo.component(16, 1));
  if (accept === undefined && application === undefined) return { mode: 'original' };
  return { mode: 'enhanced', accept: accept ?? 'NE', application: application ?? 'NE' };
}

export function isWanted(condition: Condition, success: boolean): boolean {
  return condition === 'AL' || condition === (success ? 'SU' : 'ER');
}

const conditions: readonly Condition[] = ['AL', 'NE', 'ER', 'SU'];

/** Undefined where it is not valued. Who writes what the table has not waits for something: it is always answered. */
function conditionIn(value: string): Condition | undefined {
  const word = value.trim().toUpperCase();
  if (word === '' || word === '""') return undefined;
  return conditions.find((condition) => condition === word) ?? 'AL';
}
