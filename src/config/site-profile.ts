/** Site profiles of HL7 v2: YAML files that `validation.profile` names, read and checked with the definition. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { SiteProfile } from '../validation/site-profile.ts';
import type { Mistake } from './definition.ts';
import { explain } from './explain.ts';
import type { Finding } from './mistakes.ts';
import { nearest } from './nearest.ts';
import type { Path } from './path.ts';
import { get } from './reading.ts';
import { settingOf } from './setting.ts';
import { profileSchema } from './site-profile-schema.ts';
import { locate, readSource, type Source } from './source.ts';
import { type Environment, fileFault } from './substitute.ts';

export interface ReadProfiles {
  /** By path, as the definition writes it. */
  readonly profiles: Readonly<Record<string, SiteProfile>>;
  readonly mistakes: readonly Mistake[];
}

const LARGEST_FILE = 256 * 1024;

/** Reads every profile that the definition names, each once. `value` is its content, checked as far as it could be. */
export async function readProfiles(
  value: unknown,
  definition: Source,
  env: Environment,
): Promise<ReadProfiles> {
  const profiles: Record<string, SiteProfile> = {};
  const mistakes: Mistake[] = [];
  for (const [name, path] of namedProfiles(value)) {
    const file = isAbsolute(name) ? name : join(dirname(definition.file), name);
    const text = await readText(file);
    if ('fault' in text) {
      mistakes.push(locate(definition, { path, message: `The profile cannot be read (${text.fault}).` }));
      continue;
    }
    const read = await readProfile(readSource(file, text.text, env));
    mistakes.push(...read.mistakes);
    if (read.profile !== undefined) profiles[name] = read.profile;
  }
  return { profiles, mistakes };
}

/** With the place at which each is named first. */
function namedProfiles(value: unknown): ReadonlyMap<string, Path> {
  const named = new Map<string, Path>();
  for (const [path, validation] of validations(value)) {
    const name = get(validation, 'profile');
    if (typeof name === 'string' && name !== '' && !named.has(name)) named.set(name, [...path, 'profile']);
  }
  return named;
}

/** Where a profile can be named: for all, for a connector, and for a sender of either. */
export function* validations(value: unknown): Generator<readonly [path: Path, validation: unknown]> {
  const connectors = get(value, 'connectors');
  const roots: [Path, unknown][] = [
    [['validation'], get(value, 'validation')],
    ...(Array.isArray(connectors) ? connectors : []).map((connector: unknown, index): [Path, unknown] => [
      ['connectors', index, 'validation'],
      get(connector, 'validation'),
    ]),
  ];
  for (const [path, validation] of roots) {
    yield [path, validation];
    for (const [sender, own] of entries(get(validation, 'senders')))
      yield [[...path, 'senders', sender], own];
  }
}

async function readText(file: string): Promise<{ readonly text: string } | { readonly fault: string }> {
  try {
    const { size } = await stat(file);
    if (size > LARGEST_FILE) return { fault: 'too large' };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file)) };
  } catch (thrown) {
    return { fault: thrown instanceof TypeError ? 'not UTF-8' : fileFault(thrown) };
  }
}

async function readProfile(
  source: Source,
): Promise<{ readonly profile?: SiteProfile; readonly mistakes: readonly Mistake[] }> {
  if (source.mistakes.length > 0) return { mistakes: source.mistakes };
  const result = profileSchema.validate(source.value, { abortEarly: false });
  const root = settingOf(profileSchema);
  const findings = [
    ...(result.error?.details.map((detail) => explain(detail, root)) ?? []),
    ...(await checkAgainstStandard(result.value)),
  ];
  const mistakes = findings.map((finding) => locate(source, finding));
  // Without a finding it is of the schema's shape.
  return findings.length > 0 ? { mistakes } : { profile: result.value as SiteProfile, mistakes };
}

/** What no schema can say: the standard has such segments, fields, types and tables. */
async function checkAgainstStandard(value: unknown): Promise<Finding[]> {
  const standard = await import('../validation/hl7v2/profile-facts.ts');
  const tables = new Set(entries(get(value, 'tables')).map(([name]) => name));
  return entries(get(value, 'segments')).flatMap(([segment, agreed]) => {
    const path = ['segments', segment];
    const most = standard.fieldsOf(segment);
    if (most === undefined) return [unknownSegment(path, segment, standard.segmentNames())];
    return entries(get(agreed, 'fields')).flatMap(([number, field]) => {
      const at = [...path, 'fields', number];
      return [
        ...(Number(number) > most ? [beyondSegment(at, segment, most)] : []),
        ...(segment.startsWith('Z') ? checkType(at, field, standard.typeNames()) : localOnly(at, field)),
        ...checkTable(at, field, tables, standard.hasCodes),
      ];
    });
  });
}

function unknownSegment(path: Path, name: string, known: Iterable<string>): Finding {
  const near = nearest(name, known);
  const suggestion =
    near === undefined ? 'Local segments have names that begin with Z.' : `Did you mean ${near}?`;
  return { path, message: 'No version of HL7 v2 has a segment of this name.', suggestion, atKey: true };
}

function beyondSegment(path: Path, segment: string, most: number): Finding {
  return { path, message: `${segment} has no more than ${most} fields in any version.`, atKey: true };
}

/** The types and repetitions of the standard's segments are the standard's. */
function localOnly(path: Path, field: unknown): Finding[] {
  return ['type', 'repeat']
    .filter((key) => get(field, key) !== undefined)
    .map((key) => ({
      path: [...path, key],
      message: `Only the fields of a local segment (Z…) have a ${key} here.`,
      suggestion: 'Leave it out: the standard says it.',
      atKey: true,
    }));
}

function checkType(path: Path, field: unknown, known: ReadonlySet<string>): Finding[] {
  const type = get(field, 'type');
  if (typeof type !== 'string' || known.has(type)) return [];
  const near = nearest(type, known);
  const suggestion = near === undefined ? undefined : `Did you mean ${near}?`;
  return [{ path: [...path, 'type'], message: 'HL7 v2 has no data type of this name.', suggestion }];
}

function checkTable(
  path: Path,
  field: unknown,
  own: ReadonlySet<string>,
  isListed: (table: string) => boolean,
): Finding[] {
  const table = get(field, 'table');
  if (typeof table !== 'string' || own.has(table) || isListed(table)) return [];
  const near = nearest(table, own);
  return [
    {
      path: [...path, 'table'],
      message: 'There is no table of this name: neither under tables, nor with values in HL7 v2.',
      suggestion: near === undefined ? 'List its values under tables.' : `Did you mean ${near}?`,
    },
  ];
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
