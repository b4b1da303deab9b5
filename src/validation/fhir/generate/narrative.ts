/** What XHTML may have in a narrative: the two lists in R4's constraint txt-1. */
import type { Release } from './sources.ts';

export function narrativeTable({ structures }: Release): { elements: string[]; attributes: string[] } {
  const rows = structures.find(({ type }) => type === 'Narrative')?.snapshot.element;
  const div = rows?.find(({ path }) => path === 'Narrative.div');
  const xpath = div?.constraint?.find(({ key }) => key === 'txt-1')?.xpath ?? '';
  const lists = [...xpath.matchAll(/name\(\.\)=\(([^)]*)\)/g)];
  const [elements, attributes] = lists.map(([, list = '']) => list.replace(/[' ]/g, '').split(','));
  if (elements === undefined || attributes === undefined) throw new Error('txt-1 has not its two lists');
  return { elements, attributes };
}
