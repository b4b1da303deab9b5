/** FHIR R4, R4B and R5, in JSON and XML: https://hl7.org/fhir/R4/ */
import type { Engine, Examined, Identity, Report } from '../engine.ts';
import { definitionsOf } from './definitions.ts';
import { Findings, type Locate } from './findings.ts';
import { readJson } from './json.ts';
import { isObject, type JsonObject } from './json-object.ts';
import { placesInJson } from './json-places.ts';
import { rules } from './rules.ts';
import { checkRoot } from './structure.ts';
import { readXml } from './xml.ts';
import { placesInXml } from './xml-places.ts';

const LONGEST_ID = 256;
const unidentified: Identity = { version: null, type: null, controlId: null, sender: null };

export const fhirEngine: Engine = { format: 'fhir', rules, examine };

function examine({ bytes }: Examined, report: Report): Identity {
  const findings = new Findings();
  const text = decode(bytes);
  if (text === null) {
    findings.add('fhir/encoding', 'The bytes are not UTF-8: FHIR knows no other encoding.');
    findings.reportTo(report, (ways) => ways.map(() => undefined));
    return unidentified;
  }
  const isXml = /^\s*</.test(text);
  const identity = isXml ? examineXml(text, findings) : examineJson(bytes, text, findings);
  const locate: Locate = (ways) => (isXml ? placesInXml(text, ways) : placesInJson(text, ways));
  findings.reportTo(report, locate);
  return identity;
}

function examineXml(text: string, findings: Findings): Identity {
  const definitions = definitionsOf('r4');
  return identified(readXml(text, definitions, findings), findings);
}

function examineJson(bytes: Uint8Array, text: string, findings: Findings): Identity {
  if (hasByteOrderMark(bytes)) {
    findings.add('fhir/byte-order-mark', 'The JSON begins with a byte order mark: leave it out.');
  }
  return identified(readJson(bytes, text, findings), findings);
}

function identified(resource: JsonObject | null, findings: Findings): Identity {
  if (resource === null) return unidentified;
  const definitions = definitionsOf('r4');
  const type = definitions.resourceTypeOf(resource);
  if (type === null) {
    const message = 'The resource does not name a resource type of the release (resourceType).';
    findings.add('fhir/unknown-resource-type', message);
    return unidentified;
  }
  checkRoot(resource, type, { definitions, findings });
  return {
    version: definitions.version,
    type,
    controlId: controlId(resource, type),
    sender: sender(resource),
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
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
