/** Paths into a service definition: `connectors[0].config.url`. */

export type Path = readonly (string | number)[];

/** As people read it. Names that are no plain words stand in brackets and quotes; long ones are cut. */
export function formatPath(path: Path): string {
  return path.map(formatPart).join('').replace(/^\./, '');
}

/** Is a formatted path the parent, or below it? */
export function isWithin(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}.`) || path.startsWith(`${parent}[`);
}

function formatPart(part: string | number): string {
  if (typeof part === 'number') return `[${part}]`;
  return /^[\w-]{1,64}$/.test(part) ? `.${part}` : `[${JSON.stringify(part.slice(0, 64))}]`;
}
