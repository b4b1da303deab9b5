/** Examines a service definition: read, fill in, check. Nothing is thrown for what it holds: mistakes are collected. */
import { readFile, stat } from 'node:fs/promises';
import { crossChecks, unknownRules, withoutEffect } from './checks.ts';
import { adaptSeed } from './compatibility.ts';
import type { Mistake, ServiceDefinition } from './definition.ts';
import { explain } from './explain.ts';
import { checkConfig, type Kind } from './kinds.ts';
import type { Known } from './known.ts';
import { ConfigError, type Finding, mistakeAt } from './mistakes.ts';
import { definitionSchema } from './schema.ts';
import { settingOf } from './setting.ts';
import { readProfiles } from './site-profile.ts';
import { locate, readSource, type Source } from './source.ts';
import { type Environment, fileFault } from './substitute.ts';

const LARGEST_FILE = 256 * 1024;

export interface Examined {
  readonly source: Source;
  /** The file's content with Joi's defaults: of the schema's shape where there are no mistakes. */
  readonly value: unknown;
  /** As far as they could be checked. */
  readonly connectors: readonly Readonly<Record<string, unknown>>[];
  readonly profiles: NonNullable<ServiceDefinition['profiles']>;
  readonly mistakes: readonly Mistake[];
  readonly warnings: readonly Mistake[];
}

export async function examine(file: string, env: Environment, known: Known): Promise<Examined> {
  const source = readSource(file, await readText(file), env);
  if (!isPlain(source.value)) return unusable(source);
  const kinds = await known.kinds();
  const warnings = [...adaptSeed(source, kinds), ...withoutEffect(source.value)];
  const { value, findings } = await check(source, known);
  const { profiles, mistakes } = await readProfiles(value, source, env);
  // What could not be filled in was reported where it stands; what the empty text then breaks is no news.
  const reported = new Set(source.mistakes.map((mistake) => mistake.path));
  const fresh = findings.map((finding) => locate(source, finding)).filter(({ path }) => !reported.has(path));
  return {
    source,
    value,
    connectors: connectorsOf(value),
    profiles,
    mistakes: [...source.mistakes, ...fresh, ...mistakes],
    warnings: warnings.map((finding) => locate(source, finding)),
  };
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > LARGEST_FILE) throw fileMistake(file, 'The file is too large to be a service definition.');
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (thrown) {
    if (thrown instanceof ConfigError) throw thrown;
    if (thrown instanceof TypeError) throw fileMistake(file, 'The file is not text in UTF-8.');
    throw fileMistake(file, `The file cannot be read (${fileFault(thrown)}).`);
  }
}

function fileMistake(file: string, message: string): ConfigError {
  return new ConfigError([mistakeAt(file, { line: 1, column: 1 }, { path: [], message })]);
}

function unusable(source: Source): Examined {
  const message =
    source.value === null || source.value === undefined
      ? 'The file is empty.'
      : 'The file must hold a mapping: lines of the form key: value.';
  const mistakes =
    source.mistakes.length > 0
      ? source.mistakes
      : [locate(source, { path: [], message, suggestion: 'config/quickstart.yaml shows one that works.' })];
  return { source, value: undefined, connectors: [], profiles: {}, mistakes, warnings: [] };
}

interface Checked {
  readonly value: unknown;
  readonly findings: readonly Finding[];
}

async function check(source: Source, known: Known): Promise<Checked> {
  const result = definitionSchema.validate(source.value, { abortEarly: false });
  const value: unknown = result.value;
  const root = settingOf(definitionSchema);
  const findings = result.error?.details.map((detail) => explain(detail, root)) ?? [];
  const configs = checkConfigs(value, await known.kinds());
  return {
    value,
    findings: [
      ...findings,
      ...configs,
      ...crossChecks(value, source),
      ...(await unknownRules(value, () => known.ruleIds())),
    ],
  };
}

/** Checks each connector's `config`, and completes it in place. */
function checkConfigs(value: unknown, kinds: readonly Kind[]): Finding[] {
  return connectorsOf(value).flatMap((connector, index) => {
    const { type, config } = connector;
    if ((type !== 'inbound' && type !== 'outbound') || !isPlain(config)) return [];
    const checked = checkConfig(index, type, config, kinds);
    connector['config'] = checked.config;
    return checked.findings;
  });
}

function connectorsOf(value: unknown): Record<string, unknown>[] {
  const connectors: unknown = isPlain(value) ? value['connectors'] : undefined;
  return Array.isArray(connectors) ? connectors.map((one: unknown) => (isPlain(one) ? one : {})) : [];
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
