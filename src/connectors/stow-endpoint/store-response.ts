/** The Store Instances Response Module (PS3.18, annex I), in DICOM JSON (PS3.18, annex F) and XML (PS3.19, A.1). */
import { preferences } from '../../http/preferences.ts';
import type { InstanceResult } from './instance.ts';

export interface StoreResponse {
  readonly contentType: string;
  readonly body: string;
}

interface Attribute {
  readonly tag: string;
  readonly vr: 'UI' | 'UR' | 'US' | 'SQ';
  readonly keyword: string;
  /** Items of a sequence, else values; none where it is empty. */
  readonly values: readonly (string | number | readonly Attribute[])[];
}

/** JSON, unless XML is preferred. */
export function storeResponse(results: readonly InstanceResult[], accept: string | undefined): StoreResponse {
  const attributes = attributesOf(results);
  return prefersXml(accept ?? '')
    ? { contentType: XML, body: asXml(attributes) }
    : { contentType: 'application/dicom+json', body: JSON.stringify(asJson(attributes)) };
}

function prefersXml(accept: string): boolean {
  return preferences(accept).find((type) => forms.includes(type)) === XML;
}

const XML = 'application/dicom+xml';
const forms = [XML, 'application/dicom+json', 'application/json', 'application/*', '*/*'];

/** An object that does not say which one it is can only be counted among the other failures. */
function attributesOf(results: readonly InstanceResult[]): readonly Attribute[] {
  const stored = results.filter(({ failure }) => failure === undefined);
  const failed = results.filter(({ failure }) => failure !== undefined);
  const isNamed = ({ sopInstanceUid }: InstanceResult) => sopInstanceUid !== undefined;
  return [
    retrieveUrl,
    ...sequence('00081198', 'FailedSOPSequence', failed.filter(isNamed)),
    ...sequence('00081199', 'ReferencedSOPSequence', stored),
    ...sequence(
      '0008119A',
      'OtherFailuresSequence',
      failed.filter((one) => !isNamed(one)),
    ),
  ];
}

/** There is no way to retrieve what was stored: a Type 2 attribute, which stays empty. */
const retrieveUrl: Attribute = { tag: '00081190', vr: 'UR', keyword: 'RetrieveURL', values: [] };

function sequence(tag: string, keyword: string, results: readonly InstanceResult[]): readonly Attribute[] {
  return results.length === 0 ? [] : [{ tag, vr: 'SQ', keyword, values: results.map(itemOf) }];
}

function itemOf({ sopClassUid, sopInstanceUid, failure }: InstanceResult): readonly Attribute[] {
  return [
    ...uid('00081150', 'ReferencedSOPClassUID', sopClassUid),
    ...uid('00081155', 'ReferencedSOPInstanceUID', sopInstanceUid),
    failure === undefined
      ? retrieveUrl
      : { tag: '00081197', vr: 'US', keyword: 'FailureReason', values: [failure.reason] },
  ];
}

function uid(tag: string, keyword: string, value: string | undefined): readonly Attribute[] {
  return value === undefined ? [] : [{ tag, vr: 'UI', keyword, values: [value] }];
}

function asJson(attributes: readonly Attribute[]): object {
  return Object.fromEntries(
    attributes.map(({ tag, vr, values }) => {
      const Value = values.map((value) => (typeof value === 'object' ? asJson(value) : value));
      return [tag, Value.length === 0 ? { vr } : { vr, Value }];
    }),
  );
}

function asXml(attributes: readonly Attribute[]): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    '<NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM" xml:space="preserve">' +
    `${attributes.map(attributeXml).join('')}</NativeDicomModel>\n`
  );
}

/** Nothing has to be escaped: UIDs are digits and dots. */
function attributeXml({ tag, vr, keyword, values }: Attribute): string {
  const inner = values.map((value, index) =>
    typeof value === 'object'
      ? `<Item number="${index + 1}">${value.map(attributeXml).join('')}</Item>`
      : `<Value number="${index + 1}">${value}</Value>`,
  );
  return `<DicomAttribute tag="${tag}" vr="${vr}" keyword="${keyword}">${inner.join('')}</DicomAttribute>`;
}
