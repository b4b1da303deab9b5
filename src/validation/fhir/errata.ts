/**
 * Invariants whose published expression is wrong: what is checked in its place, and why.
 *
 * A row is matched by its key and its published expression, so that a release that mends it is taken at its word.
 */

export interface Erratum {
  readonly key: string;
  readonly published: string;
  /** Null where nothing of it can be checked. */
  readonly expression: string | null;
  readonly reason: string;
}

export const errata: readonly Erratum[] = [
  {
    key: 'que-12',
    published: 'enableWhen.count() > 2 implies enableBehavior.exists()',
    expression: 'enableWhen.count() > 1 implies enableBehavior.exists()',
    reason: 'Its text says "more than one"; R5 publishes it so.',
  },
  {
    key: 'per-1',
    published: 'start.hasValue().not() or end.hasValue().not() or (start <= end)',
    expression:
      'start.hasValue().not() or end.hasValue().not() or (start.highBoundary() <= end.highBoundary())',
    reason:
      'An end includes all that it names (R4, datatypes.html#Period), so that 2012-02-03T10:00:00Z to 2012-02-03 is a period; FHIRPath cannot compare the two.',
  },
  {
    key: 'que-7',
    published: "operator = 'exists' implies (answer is Boolean)",
    expression: "operator = 'exists' implies answer.ofType(boolean).exists()",
    reason: 'The type of FHIR is boolean: no answer is ever a Boolean, which is a type of FHIRPath.',
  },
  {
    key: 'rng-2',
    published: 'low.empty() or high.empty() or (low <= high)',
    expression: 'low.value.empty() or high.value.empty() or low.code != high.code or low.value <= high.value',
    reason: 'Quantities in different units, or without any, cannot be compared as such.',
  },
  {
    key: 'ras-2',
    published: 'probability is decimal implies (probability as decimal) <= 100',
    expression: 'probability.ofType(decimal).all($this <= 100)',
    reason: '`as` on a choice fails where it holds no decimal.',
  },
  {
    key: 'rat-1',
    published: '(numerator.empty() xor denominator.exists()) and (numerator.exists() or extension.exists())',
    expression: '(numerator.exists() = denominator.exists()) and (numerator.exists() or extension.exists())',
    reason: 'The same, put plainly: both or none.',
  },
];

export function erratumOf(key: string, published: string): Erratum | undefined {
  return errata.find((one) => one.key === key && one.published === published);
}
