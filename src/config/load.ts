/** Loads a service definition. Every mistake is reported at once. */
import type { ValidationParts } from '../validation/levels.ts';
import {
  completeDefinition,
  completeLoadedConnector,
  completeValidation,
  type Overrides,
} from './complete.ts';
import type { LoadedConnector, LoadedDefinition, Mistake } from './definition.ts';
import { examine, type Examined } from './examine.ts';
import { findFlaws } from './flaws.ts';
import { known as thisVersion, type Known } from './known.ts';
import { ConfigError, mistakeAt } from './mistakes.ts';
import { formatPath, isWithin } from './path.ts';
import { get } from './reading.ts';
import { locate } from './source.ts';

export type { Overrides } from './complete.ts';
export { ConfigError, formatMistake } from './mistakes.ts';

/**
 * The definition in force. Rejects with a ConfigError that holds every mistake, and with nothing else.
 * `known` is what it may name; default: what this version has.
 */
export async function loadDefinition(
  file: string,
  overrides: Overrides,
  known: Known = thisVersion,
): Promise<LoadedDefinition> {
  const examined = await examine(file, overrides.env, known);
  const flaws = await flawsIn(examined, overrides);
  if (examined.mistakes.length > 0) throw new ConfigError([...examined.mistakes, ...flaws]);
  return { ...completeDefinition(examined, overrides), flaws };
}

async function flawsIn({ value, source }: Examined, { port }: Overrides): Promise<Mistake[]> {
  const flaws = await findFlaws(value, source, port ?? get(get(value, 'app'), 'port'));
  return flaws.map((flaw) => locate(source, flaw)).toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/**
 * One connector's part of the file, read again with its secrets. Rejects with a ConfigError where the file cannot be
 * read, the connector is no longer in it, or its part has mistakes; mistakes elsewhere do not matter to it.
 */
export async function loadConnector(
  file: string,
  id: string,
  env: Overrides['env'],
  known: Known = thisVersion,
): Promise<LoadedConnector> {
  const examined = await examine(file, env, known);
  const { connectors, mistakes } = examined;
  const index = connectors.findIndex((connector) => connector['id'] === id);
  if (index < 0) throw new ConfigError([...mistakes, gone(file)]);
  const own = mistakes.filter(({ path }) => isWithin(path, formatPath(['connectors', index])));
  if (own.length > 0) throw new ConfigError(own);
  return completeLoadedConnector(examined, index);
}

/**
 * What the file says of validation. Rejects with a ConfigError where the file cannot be read, or has mistakes in that;
 * mistakes elsewhere, such as secrets that are kept on another machine, do not matter to it.
 */
export async function loadValidation(
  file: string,
  env: Overrides['env'],
  known: Known = thisVersion,
): Promise<ValidationParts> {
  const examined = await examine(file, env, known);
  const own = examined.mistakes.filter((mistake) => mistake.file !== file || isOfValidation(mistake));
  if (own.length > 0) throw new ConfigError(own);
  return completeValidation(examined);
}

/** Without a path it is a mistake of the whole file. */
function isOfValidation({ path }: Mistake): boolean {
  return path === '' || isWithin(path.replace(/^connectors\[\d+\]\./, ''), 'validation');
}

function gone(file: string): Mistake {
  return mistakeAt(
    file,
    { line: 1, column: 1 },
    { path: ['connectors'], message: 'The connector is no longer in the file.' },
  );
}
