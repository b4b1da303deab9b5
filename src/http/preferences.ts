/** The media types of an Accept header, the best first (RFC 9110, section 12.5.1); parameters do not matter here. */
export function preferences(accept: string): string[] {
  return accept
    .toLowerCase()
    .split(',')
    .map((range) => ({ type: (range.split(';', 1)[0] ?? '').trim(), weight: weightOf(range) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight)
    .map(({ type }) => type);
}

function weightOf(range: string): number {
  const weight = /;\s*q=([\d.]{1,5})/.exec(range)?.[1];
  return weight === undefined ? 1 : Number(weight);
}
