/** The text of a resource. FHIR is sent in UTF-8 alone (R4, json.html and xml.html). */
import { isSixteenBits } from '../../messages/detect.ts';
import type { Findings } from './findings.ts';
import { placeAt } from './text-place.ts';

const strict = new TextDecoder('utf-8', { fatal: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
const declared = /^<\?xml\s[^>]{0,200}?\bencoding\s*=\s*["']([^"']{0,40})["']/;
/** What is written so is UTF-8 as well. */
const asUtf8 = /^(?:utf-?8|us-ascii|ascii)$/i;

/** Null after a finding that says why there is no text. */
export function decode(bytes: Uint8Array, findings: Findings): string | null {
  if (isSixteenBits(bytes)) {
    findings.add('fhir/encoding', 'The bytes are UTF-16: FHIR is sent in UTF-8, and in no other encoding.');
    return null;
  }
  try {
    return strict.decode(bytes);
  } catch {
    reportBroken(bytes, findings);
    return null;
  }
}

function reportBroken(bytes: Uint8Array, findings: Findings): void {
  const text = lenient.decode(bytes);
  const place = placeAt(text, firstBroken(text, bytes), findings.firstLine);
  const where = `line ${place.line}, column ${place.column}`;
  const message = `The bytes are not UTF-8, as ${where} shows: FHIR is sent in no other encoding.`;
  findings.add('fhir/encoding', message, undefined, place);
}

/** Where bytes stand that are no character. The sign that stands for such may be in the text itself (EF BF BD). */
function firstBroken(text: string, bytes: Uint8Array): number {
  let [offset, from] = [0, 0];
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', from)) {
    offset += Buffer.byteLength(text.slice(from, at));
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd) return at;
    offset += 3;
    from = at + 1;
  }
  return text.length;
}

/** A reader of XML believes the declaration: what is UTF-8 and says otherwise is read wrongly elsewhere. */
export function checkDeclaration(xml: string, findings: Findings): void {
  const encoding = declared.exec(xml)?.[1];
  if (encoding === undefined || asUtf8.test(encoding)) return;
  const message =
    'The XML declares another encoding than UTF-8, in which FHIR is sent: declare UTF-8, or leave it out.';
  findings.add('fhir/encoding', message, undefined, { line: findings.firstLine, column: 1 });
}
