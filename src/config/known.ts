/** What a service definition may name: the kinds of connectors and the rules of validation. */
import type { Kind } from './kinds.ts';

export interface Known {
  kinds(): Promise<readonly Kind[]>;
  ruleIds(): Promise<ReadonlySet<string>>;
}

/** What this version has. Loaded when it is first needed: connectors bring their code. */
export const known: Known = {
  async kinds() {
    const { connectorKinds } = await import('../connectors/registry.ts');
    return [...connectorKinds.values()];
  },
  async ruleIds() {
    const { allRules } = await import('../validation/all-rules.ts');
    return new Set(allRules.map((rule) => rule.id));
  },
};
