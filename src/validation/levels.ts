/** What holds for a message: the level of each rule (a preset, then overrides by rule id, as ESLint does it), and a profile. */
import type { SenderValidation, ServiceDefinition, ValidationDefinition } from '../config/definition.ts';
import { allRules } from './all-rules.ts';
import type { Level } from './issue.ts';
import type { SiteProfile } from './site-profile.ts';

export type Levels = ReadonlyMap<string, Level>;

export interface Policy {
  readonly levels: Levels;
  readonly profile?: SiteProfile | undefined;
  /** What holds instead for the messages of a sending application (MSH-3.1). */
  readonly senders?: ReadonlyMap<string, Policy>;
}

export type Profiles = Readonly<Record<string, SiteProfile>>;

export function levelsOf(definition: Pick<ValidationDefinition, 'preset' | 'rules'>): Levels {
  const levels = new Map<string, Level>(allRules.map((rule) => [rule.id, rule.levels[definition.preset]]));
  for (const [id, level] of Object.entries(definition.rules)) levels.set(id, level);
  return levels;
}

/** `profiles` holds the content of each that the definition names. */
export function policyOf(definition: ValidationDefinition, profiles: Profiles): Policy {
  const { senders = {} } = definition;
  const own = Object.keys(senders).map((application): [string, Policy] => [
    application,
    policyOfAll(overlay(definition, senders[application]), profiles),
  ]);
  return { ...policyOfAll(definition, profiles), senders: new Map(own) };
}

function policyOfAll(definition: ValidationDefinition, profiles: Profiles): Policy {
  const { profile } = definition;
  return { levels: levelsOf(definition), profile: profile === undefined ? undefined : profiles[profile] };
}

/**
 * A connector's own validation, or a sender's, laid over the one for all. What is said of a sender for all connectors
 * holds for it on each, unless the connector says something else of the same sender.
 */
export function overlay(
  base: ValidationDefinition,
  own: (SenderValidation & Pick<Partial<ValidationDefinition>, 'senders' | 'fhir'>) | undefined,
): ValidationDefinition {
  if (own === undefined) return base;
  return {
    preset: own.preset ?? base.preset,
    rules: { ...base.rules, ...own.rules },
    profile: own.profile ?? base.profile,
    senders: mergeSenders(base.senders ?? {}, own.senders ?? {}),
    fhir: { ...base.fhir, ...own.fhir },
  };
}

type Senders = NonNullable<ValidationDefinition['senders']>;

function mergeSenders(base: Senders, own: Senders): Senders {
  const both = Object.entries(own).map(([application, validation]): [string, SenderValidation] => {
    const general = Object.hasOwn(base, application) ? base[application] : undefined;
    return [application, { ...general, ...validation, rules: { ...general?.rules, ...validation.rules } }];
  });
  return { ...base, ...Object.fromEntries(both) };
}

/** What a service definition says of validation: for all, and by id for connectors with rules of their own. */
export interface ValidationParts {
  readonly validation: ValidationDefinition;
  readonly connectors: Readonly<Record<string, Partial<ValidationDefinition>>>;
  /** The content of the site profiles that either names. */
  readonly profiles: Profiles;
}

export function partsOf({
  validation,
  connectors,
  profiles = {},
}: Pick<ServiceDefinition, 'validation' | 'connectors' | 'profiles'>): ValidationParts {
  const own = connectors.flatMap(({ id, validation: part }) =>
    part === undefined ? [] : [[id, part] as const],
  );
  return { validation, connectors: Object.fromEntries(own), profiles };
}

/** What holds for a connector's messages; for an unknown one what holds for all. */
export function policyByConnector({
  validation,
  connectors,
  profiles,
}: ValidationParts): (connector: string | undefined) => Policy {
  const base = policyOf(validation, profiles);
  const own = new Map(
    Object.entries(connectors).map(([id, part]) => [id, policyOf(overlay(validation, part), profiles)]),
  );
  return (connector) => (connector === undefined ? base : (own.get(connector) ?? base));
}
