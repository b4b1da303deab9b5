/** The rules of FHIR R4, a row each. */
import type { Rule } from '../engine.ts';
import { refused, tolerated, unreadable } from '../gravity.ts';

function rule<Id extends string>(
  id: Id,
  levels: Rule['levels'],
  title: string,
  spec: string,
): Rule & { id: Id } {
  return { id, title, spec: `FHIR R4 (4.0.1), ${spec}`, levels };
}

export const rules = [
  rule('fhir/encoding', unreadable, 'A resource is encoded in UTF-8.', 'json.html'),
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
] as const;

export type FhirRule = (typeof rules)[number]['id'];
