/** Which of very many mutated inputs are examined: all of them, or those of `HEALTHOS_MUTATIONS=1000000-2000000`. */
export function mutationsWanted(all: number): readonly [from: number, to: number] {
  const [from = 0, to = all] = (process.env['HEALTHOS_MUTATIONS'] ?? '')
    .split('-')
    .filter(Boolean)
    .map(Number);
  return [Math.min(from, all), Math.min(to, all)];
}
