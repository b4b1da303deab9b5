/** Rules of single data types that stand in the text of the standard, and in no invariant. */
import { createHash } from 'node:crypto';
import type { ElementDefinition } from './definitions.ts';
import { type JsonObject, textOf } from './json-object.ts';
import { checkQuestionnaire } from './questionnaire.ts';
import { checkReference } from './references.ts';
import type { Scope } from './scope.ts';

type Check = (object: JsonObject, definition: ElementDefinition | null, scope: Scope) => void;

/** By the name of the type. */
export const particulars: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['Reference', checkReference],
  ['Coding', checkCoding],
  ['Identifier', checkIdentifier],
  ['Attachment', checkAttachment],
  ['Questionnaire', checkQuestionnaire],
]);

const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:\S/;

/** R4, datatypes.html#Coding: the system is an absolute URL or URN of a code system, never of a value set. */
function checkCoding(coding: JsonObject, _definition: ElementDefinition | null, { findings }: Scope): void {
  const system = textOf(coding['system']);
  if (system === undefined || system === '') return;
  if (!absolute.test(system) && !system.startsWith('#')) {
    findings.addAt(
      'system',
      'fhir/absolute-uri',
      'The system of a code is an absolute URI.',
      'Coding.system',
    );
  } else if (system.startsWith('http://hl7.org/fhir/ValueSet/')) {
    const message = 'The system of a code is a code system: this is a value set.';
    findings.addAt('system', 'fhir/absolute-uri', message, 'Coding.system');
  }
}

/** R4, datatypes.html#Identifier. A value of the system urn:ietf:rfc:3986 is itself a URI. */
function checkIdentifier(
  identifier: JsonObject,
  _definition: ElementDefinition | null,
  { findings }: Scope,
): void {
  const system = textOf(identifier['system']);
  const value = textOf(identifier['value']);
  if (system !== undefined && system !== '' && !absolute.test(system)) {
    findings.addAt(
      'system',
      'fhir/absolute-uri',
      'The system of an identifier is an absolute URI.',
      'Identifier.system',
    );
  }
  if (system === 'urn:ietf:rfc:3986' && value !== undefined && !absolute.test(value)) {
    const message = 'A value of the system urn:ietf:rfc:3986 is an absolute URI.';
    findings.addAt('value', 'fhir/absolute-uri', message, 'Identifier.value');
  }
}

/** R4, datatypes.html#Attachment: size and SHA-1 are those of the data before it was encoded. */
function checkAttachment(
  attachment: JsonObject,
  _definition: ElementDefinition | null,
  { findings }: Scope,
): void {
  const { data, size, hash } = attachment;
  if (typeof data !== 'string' || (size === undefined && hash === undefined)) return;
  const bytes = Buffer.from(data, 'base64');
  if (typeof size === 'number' && size !== bytes.length) {
    const message = `The size is not that of the data, which has ${bytes.length} bytes.`;
    findings.addAt('size', 'fhir/attachment', message, 'Attachment.size');
  }
  if (typeof hash === 'string' && hash !== createHash('sha1').update(bytes).digest('base64')) {
    findings.addAt('hash', 'fhir/attachment', 'The hash is not the SHA-1 of the data.', 'Attachment.hash');
  }
}
