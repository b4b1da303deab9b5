/** FHIR R4, R4B and R5, in JSON, XML and NDJSON: https://hl7.org/fhir/R4/ */
import type { Engine, Examined, Identity, Report } from '../engine.ts';
import { type Definitions, definitionsOf } from './definitions.ts';
import { checkDeclaration, decode } from './encoding.ts';
import { Findings } from './findings.ts';
import { readJson } from './json.ts';
import { isObject, type JsonObject } from './json-object.ts';
import { checkAsked } from './validate-operation.ts';
import { placesInJson } from './json-places.ts';
import { linesOf } from './ndjson.ts';
import { chooseRelease, profilesInXml, profilesOf } from './release-choice.ts';
import { rules } from './rules.ts';
import { checkRoot } from './structure.ts';
import { unknownType } from './suggestions.ts';
import { readXml } from './xml.ts';
import { placesInXml } from './xml-places.ts';

const LONGEST_ID = 256;
const unidentified: Identity = { version: null, type: null, controlId: null, sender: null };

export const fhirEngine: Engine = { format: 'fhir', rules, examine };

/** A body of several lines that are resources each is a bulk file: one verdict, with the lines of its findings. */
function examine(examined: Examined, report: Report): Identity {
  const { bytes } = examined;
  const reading = new Findings();
  const text = decode(bytes, reading);
  if (text === null) {
    reading.reportTo(report, () => []);
    return unidentified;
  }
  const lines = linesOf(text, examined.hint);
  if (lines === null) return examineOne(bytes, text, examined, report);
  const identities = lines.map(({ line, text: one }) =>
    examineOne(Buffer.from(one), one, examined, inLine(report, line), line),
  );
  return commonOf(identities);
}

/** The findings of one line, each with the line in the file. */
function inLine(report: Report, line: number): Report {
  return (rule, location, message, spec, place) =>
    report(rule, location, message, spec, { line, column: place?.column ?? 1 });
}

/** What the resources of a file have in common. */
function commonOf(identities: readonly Identity[]): Identity {
  const [first] = identities;
  if (first === undefined) return unidentified;
  const isSame = (name: 'version' | 'type') => identities.every((one) => one[name] === first[name]);
  return {
    ...unidentified,
    version: isSame('version') ? first.version : null,
    type: isSame('type') ? first.type : null,
  };
}

function examineOne(
  bytes: Uint8Array,
  text: string,
  examined: Examined,
  report: Report,
  firstLine = 1,
): Identity {
  const findings = new Findings(firstLine);
  const isXml = /^\s*</.test(text);
  const identity = isXml
    ? examineXml(text, examined, findings)
    : examineJson(bytes, text, examined, findings);
  findings.reportTo(report, (ways) => (isXml ? placesInXml(text, ways) : placesInJson(text, ways)));
  return identity;
}

function examineXml(text: string, examined: Examined, findings: Findings): Identity {
  checkDeclaration(text, findings);
  const definitions = definitionsOf(chooseRelease(examined, profilesInXml(text), findings));
  const resource = readXml(text, definitions, findings);
  return resource === null ? unidentified : examineResource(resource, definitions, examined, findings);
}

function examineJson(bytes: Uint8Array, text: string, examined: Examined, findings: Findings): Identity {
  if (hasByteOrderMark(bytes)) {
    findings.add('fhir/byte-order-mark', 'The JSON begins with a byte order mark: leave it out.');
  }
  const resource = readJson(bytes, text, findings);
  if (resource === null) return unidentified;
  const definitions = definitionsOf(chooseRelease(examined, profilesOf(resource), findings));
  return examineResource(resource, definitions, examined, findings);
}

function examineResource(
  resource: JsonObject,
  definitions: Definitions,
  { fhir, askedProfiles }: Examined,
  findings: Findings,
): Identity {
  const type = definitions.resourceTypeOf(resource);
  if (type === null) {
    const message = unknownType(resource, definitions, findings);
    findings.add('fhir/unknown-resource-type', message, undefined, { line: findings.firstLine, column: 1 });
    return unidentified;
  }
  const outer = { definitions, findings, profiles: fhir?.profiles ?? null };
  checkRoot(resource, type, outer);
  if (askedProfiles !== undefined) checkAsked(resource, type, askedProfiles, outer);
  return {
    version: definitions.version,
    type,
    controlId: controlId(resource, type),
    sender: sender(resource),
  };
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** A bundle's own number, else the id of the resource. */
function controlId(resource: JsonObject, type: string): string | null {
  const identifier = resource['identifier'];
  const number = type === 'Bundle' && isObject(identifier) ? shortText(identifier['value']) : null;
  return number ?? shortText(resource['id']);
}

function sender(resource: JsonObject): string | null {
  const meta = resource['meta'];
  return isObject(meta) ? shortText(meta['source']) : null;
}

function shortText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_ID ? value : null;
}
