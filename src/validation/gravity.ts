/** How grave a rule is: what each preset makes of it. Owners override single rules in their service definition. */
import type { Rule } from './engine.ts';

type Levels = Rule['levels'];

/** Nothing can be read or routed. */
export const unreadable = { lenient: 'error', standard: 'error', strict: 'error' } as const satisfies Levels;
/** A good receiver refuses it. */
export const refused = { lenient: 'warning', standard: 'error', strict: 'error' } as const satisfies Levels;
/** The standard forbids it; receivers get along with it. */
export const tolerated = {
  lenient: 'information',
  standard: 'warning',
  strict: 'error',
} as const satisfies Levels;
/** It breaks no rule, and may yet be no intention. */
export const advice = {
  lenient: 'information',
  standard: 'warning',
  strict: 'warning',
} as const satisfies Levels;
/** Worth knowing. */
export const remark = {
  lenient: 'off',
  standard: 'information',
  strict: 'warning',
} as const satisfies Levels;
/** Good practice, of which only those hear who ask for everything. */
export const counsel = {
  lenient: 'off',
  standard: 'off',
  strict: 'warning',
} as const satisfies Levels;
/** No fault at all, but for whoever looks into the message. */
export const mention = {
  lenient: 'off',
  standard: 'information',
  strict: 'information',
} as const satisfies Levels;
/** Said whatever the preset: it is about us, or about what the sender chose. */
export const note = {
  lenient: 'information',
  standard: 'information',
  strict: 'information',
} as const satisfies Levels;
