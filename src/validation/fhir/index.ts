/** FHIR R4 (4.0.1), in JSON and XML: https://hl7.org/fhir/R4/ */
import type { Engine, Examined, Identity, Report } from '../engine.ts';
import { Findings } from './findings.ts';
import { readJson } from './json.ts';
import { rules } from './rules.ts';
import type { JsonObject } from './structure.ts';
import { checkRoot, isObject, resourceTypeOf } from './structure.ts';
import { readXml } from './xml.ts';

const LONGEST_ID = 256;
const unidentified: Identity = { version: null, type: null, controlId: null, sender: null };

export const fhirEngine: Engine = { format: 'fhir', rules, examine };

function examine({ bytes }: Examined, report: Report): Identity {
  const findings = new Findings(report);
  const resource = read(bytes, findings);
  if (resource === null) return unidentified;
  const type = resourceTypeOf(resource);
  if (type === null) {
    findings.add(
      'fhir/unknown-resource-type',
      'The resource does not name a resource type of R4 (resourceType).',
    );
    return unidentified;
  }
  checkRoot(resource, type, findings);
  return { version: '4.0.1', type, controlId: controlId(resource, type), sender: sender(resource) };
}

function read(bytes: Uint8Array, findings: Findings): JsonObject | null {
  const text = decode(bytes);
  if (text === null) {
    findings.add('fhir/encoding', 'The bytes are not UTF-8: R4 knows no other encoding.');
    return null;
  }
  if (/^\s*</.test(text)) return readXml(text, findings);
  if (hasByteOrderMark(bytes)) {
    findings.add('fhir/byte-order-mark', 'The JSON begins with a byte order mark: leave it out.');
  }
  return readJson(bytes, text, findings);
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
