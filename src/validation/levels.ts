/** Which level each rule has: a preset, then overrides by rule id, as ESLint does it. */
import type { ValidationDefinition } from '../config/definition.ts';
import { allRules } from './engines.ts';
import type { Level } from './issue.ts';

export type Levels = ReadonlyMap<string, Level>;

export function levelsOf(definition: ValidationDefinition): Levels {
  const levels = new Map<string, Level>(allRules.map((rule) => [rule.id, rule.levels[definition.preset]]));
  for (const [id, level] of Object.entries(definition.rules)) levels.set(id, level);
  return levels;
}

/** A connector's own validation laid over the one for all. */
export function overlay(
  base: ValidationDefinition,
  own: Partial<ValidationDefinition> | undefined,
): ValidationDefinition {
  if (own === undefined) return base;
  return { preset: own.preset ?? base.preset, rules: { ...base.rules, ...own.rules } };
}
