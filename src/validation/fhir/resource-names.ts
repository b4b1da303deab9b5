/** The names of resources, without the definitions behind them: for those who only have to know an address. */
import { loadTable } from '../tables.ts';
import type { ReleaseName } from './releases.ts';

const table = loadTable(new URL('tables/resource-names.json', import.meta.url)) as {
  readonly names: Readonly<Record<ReleaseName, readonly string[]>>;
};

const known = new Set(Object.values(table.names).flat());

/** Whether one of the releases defines a resource of this name. */
export function isResourceName(name: string): boolean {
  return known.has(name);
}

export function resourceNames(release: ReleaseName): readonly string[] {
  return table.names[release];
}
