/** Which level each rule has: a preset, then overrides by rule id, as ESLint does it. */
import type { ServiceDefinition, ValidationDefinition } from '../config/definition.ts';
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
  const fhir = { ...base.fhir, ...own.fhir };
  return { preset: own.preset ?? base.preset, rules: { ...base.rules, ...own.rules }, fhir };
}

/** What a service definition says of validation: for all, and by id for connectors with rules of their own. */
export interface ValidationParts {
  readonly validation: ValidationDefinition;
  readonly connectors: Readonly<Record<string, Partial<ValidationDefinition>>>;
}

export function partsOf({
  validation,
  connectors,
}: Pick<ServiceDefinition, 'validation' | 'connectors'>): ValidationParts {
  const own = connectors.flatMap(({ id, validation: part }) =>
    part === undefined ? [] : [[id, part] as const],
  );
  return { validation, connectors: Object.fromEntries(own) };
}

/** The levels for a connector's messages; for an unknown one those for all. */
export function levelsByConnector(parts: ValidationParts): (connector: string | undefined) => Levels {
  const base = levelsOf(parts.validation);
  const own = new Map(
    Object.entries(parts.connectors).map(([id, part]) => [id, levelsOf(overlay(parts.validation, part))]),
  );
  return (connector) => (connector === undefined ? base : (own.get(connector) ?? base));
}
