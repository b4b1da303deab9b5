/**
 * Evaluates invariants with the package fhirpath, which is loaded when the first is met; each expression is compiled
 * once. What it throws quotes the data, so nothing of it goes further.
 */
import { createRequire } from 'node:module';
import type { JsonObject } from './json-object.ts';
import type { ReleaseName } from './releases.ts';
import type { Scope } from './scope.ts';

interface Question {
  readonly element: JsonObject;
  readonly path: string;
  readonly release: ReleaseName;
  readonly scope: Pick<Scope, 'resource' | 'root'>;
}

type Compiled = (element: object, environment: Record<string, unknown>) => unknown[];

interface Library {
  compile(path: { base: string; expression: string }, model: unknown, options: object): Compiled;
}

const require = createRequire(import.meta.url);
const models: Readonly<Record<ReleaseName, string>> = { r4: 'r4', r4b: 'r4', r5: 'r5' };
const compiled = new Map<string, Compiled | null>();

/**
 * False where the expression says no. One that says nothing (dates of different precision), or cannot be evaluated on a
 * damaged element, is no finding: the damage is one of its own.
 */
export function evaluate(expression: string, question: Question): boolean {
  const run = compile(expression, question);
  if (run === null) return true;
  const { element, scope } = question;
  const environment = { resource: scope.resource, rootResource: scope.root, context: element };
  try {
    return run(element, environment)[0] !== false;
  } catch {
    return true;
  }
}

function compile(expression: string, { path, release }: Question): Compiled | null {
  const key = `${release} ${path} ${expression}`;
  let known = compiled.get(key);
  if (known === undefined) {
    known = fresh(expression, path, release);
    compiled.set(key, known);
  }
  return known;
}

function fresh(expression: string, base: string, release: ReleaseName): Compiled | null {
  const library = require('fhirpath') as Library;
  const model: unknown = require(`fhirpath/fhir-context/${models[release]}`);
  try {
    // Invariants of the standard trace into the console; a trace of a message has no place there.
    return library.compile({ base, expression }, model, { traceFn: () => undefined });
  } catch {
    return null;
  }
}
