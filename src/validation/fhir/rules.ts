/** The rules of FHIR R4, a row each. */
import type { Rule } from '../engine.ts';
import { advice, counsel, mention, note, refused, remark, tolerated, unreadable } from '../gravity.ts';

function rule<Id extends string>(
  id: Id,
  levels: Rule['levels'],
  title: string,
  spec: string,
): Rule & { id: Id } {
  return { id, title, spec: `FHIR R4 (4.0.1), ${spec}`, levels };
}

export const rules = [
  rule('fhir/encoding', unreadable, 'A resource is encoded in UTF-8.', 'http.html#mime-type'),
  rule('fhir/json-syntax', unreadable, 'A JSON resource is well-formed JSON (RFC 8259).', 'json.html'),
  rule('fhir/xml-syntax', unreadable, 'An XML resource is well-formed XML.', 'xml.html'),
  rule('fhir/doctype', unreadable, 'An XML resource has no document type declaration.', 'xml.html'),
  rule('fhir/depth', unreadable, 'A resource is nested at most 200 levels deep.', 'formats.html'),
  rule(
    'fhir/unknown-resource-type',
    unreadable,
    'A resource names its type, and R4 defines it.',
    'resourcelist.html',
  ),
  rule(
    'fhir/namespace',
    refused,
    'The elements of an XML resource are in the namespace of FHIR.',
    'xml.html',
  ),
  rule('fhir/duplicate-property', refused, 'A JSON object has each property once.', 'json.html'),
  rule('fhir/unknown-element', refused, 'A resource has only the elements that R4 defines.', 'formats.html'),
  rule('fhir/required-element', refused, 'Elements whose cardinality begins at 1 are there.', 'formats.html'),
  rule('fhir/cardinality', refused, 'An element repeats only where R4 lets it.', 'formats.html'),
  rule('fhir/data-type', refused, 'An element holds a value of its data type.', 'datatypes.html'),
  rule(
    'fhir/primitive-format',
    refused,
    'A primitive value is in the format of its data type.',
    'datatypes.html#primitive',
  ),
  rule(
    'fhir/required-binding',
    refused,
    'A code is of the value set to which it is bound.',
    'terminologies.html#required',
  ),
  rule(
    'fhir/choice-type',
    refused,
    'Of an element with a choice of types, one is there.',
    'formats.html#choice',
  ),
  rule(
    'fhir/empty-element',
    refused,
    'No object, array or element is empty.',
    'datatypes.html#Element (ele-1)',
  ),
  rule(
    'fhir/extension-value',
    refused,
    'An extension has either a value or extensions.',
    'extensibility.html (ext-1)',
  ),
  rule(
    'fhir/narrative',
    refused,
    'A narrative is XHTML of formatting elements only, and says something.',
    'narrative.html (txt-1, txt-2)',
  ),
  rule(
    'fhir/contained-nesting',
    refused,
    'A contained resource contains no resources.',
    'domainresource.html (dom-2)',
  ),
  rule(
    'fhir/element-order',
    tolerated,
    'The elements of an XML resource are in the order of R4.',
    'xml.html',
  ),
  rule('fhir/byte-order-mark', tolerated, 'A JSON resource begins without a byte order mark.', 'json.html'),
  rule(
    'fhir/version',
    refused,
    'The version of FHIR is one that is validated: R4, R4B or R5.',
    'versions.html',
  ),
  rule(
    'fhir/profile',
    refused,
    'A resource keeps to the profiles that it claims, as far as they are known.',
    'profiling.html',
  ),
  rule(
    'fhir/must-support',
    mention,
    'What a profile says is to be supported is there.',
    'profiling.html#mustsupport',
  ),
  rule(
    'fhir/binding-unchecked',
    note,
    'The value sets to which a profile binds codes are loaded.',
    'terminologies.html#required',
  ),
  rule('fhir/profile-unknown', remark, 'The profiles that a resource claims are known.', 'profiling.html'),
  rule(
    'fhir/invariant',
    refused,
    'The invariants of resources and data types hold.',
    'conformance-rules.html',
  ),
  rule('fhir/best-practice', counsel, 'What the standard recommends is done.', 'best-practices.html'),
  rule(
    'fhir/reference-form',
    tolerated,
    'A reference is a URL, a type and an id, or a fragment.',
    'references.html#literal',
  ),
  rule(
    'fhir/reference-target',
    refused,
    'A reference leads to a type that its element allows.',
    'references.html',
  ),
  rule(
    'fhir/reference-unresolved',
    refused,
    'What has to be in the resource or in its Bundle is there, once.',
    'bundle.html#references',
  ),
  rule(
    'fhir/contained-id',
    refused,
    'A contained resource has an id of its own.',
    'references.html#contained',
  ),
  rule(
    'fhir/contained-unused',
    refused,
    'Something refers to a contained resource.',
    'domainresource.html (dom-3)',
  ),
  rule('fhir/extension-url', refused, 'An extension has a URL that names it.', 'extensibility.html'),
  rule(
    'fhir/extension-context',
    advice,
    'An extension of the standard stands where its definition lets it.',
    'defining-extensions.html#context',
  ),
  rule(
    'fhir/extension-unknown',
    counsel,
    'An extension in the name of the standard is defined by it.',
    'extensibility.html',
  ),
  rule(
    'fhir/modifier-extension',
    refused,
    'What changes the meaning is a modifier extension, and nothing else is.',
    'extensibility.html#modifierExtension',
  ),
  rule(
    'fhir/modifier-extension-unknown',
    advice,
    'A receiver knows the modifier extensions that it is sent.',
    'extensibility.html#modifierExtension',
  ),
  rule(
    'fhir/full-url',
    refused,
    'An entry of a Bundle says which resource it holds.',
    'bundle.html#bundle-unique',
  ),
  rule(
    'fhir/full-url-missing',
    tolerated,
    'An entry of a Bundle has a URL, but for what a server is to create.',
    'bundle.html#bundle-unique',
  ),
  rule('fhir/bundle-entry', refused, 'An entry of a Bundle fits the type of the Bundle.', 'bundle.html'),
  rule('fhir/bundle-link', tolerated, 'A Bundle has one link for each relation.', 'bundle.html'),
  rule(
    'fhir/absolute-uri',
    tolerated,
    'The systems of codes and identifiers are absolute URIs.',
    'datatypes.html#Coding',
  ),
  rule(
    'fhir/attachment',
    refused,
    'Size and hash of an attachment are those of its data.',
    'datatypes.html#Attachment',
  ),
  rule(
    'fhir/questionnaire',
    refused,
    'The conditions of a questionnaire name its own questions.',
    'questionnaire.html',
  ),
] as const;

export type FhirRule = (typeof rules)[number]['id'];
