/** Values whose form others define, wherever they come: National Provider Identifiers, states, postal codes. */
import type { ElementReport } from './elements.ts';
import { externalList } from './dictionary.ts';
import type { SegmentReader } from './segment-reader.ts';

export function checkIdentifiers(reader: SegmentReader, report: ElementReport): void {
  const { name } = reader;
  if (name === 'N4') checkAddress(reader, report);
  else if (name === 'NM1') checkProvider(reader, 8, 'XX', report);
  else if (name === 'N1') checkProvider(reader, 3, 'XX', report);
  else if (name === 'REF') checkProvider(reader, 1, 'HPI', report);
  else if (name === 'CLM') checkAccident(reader, report);
}

/** The qualifier says that the element behind it holds a National Provider Identifier. */
function checkProvider(reader: SegmentReader, qualifier: number, code: string, report: ElementReport): void {
  const number = qualifier + 1;
  if (
    reader.isEmpty(number) ||
    reader.value(qualifier) !== code ||
    isProviderIdentifier(reader.value(number))
  )
    return;
  const label = `${reader.name}-${String(number).padStart(2, '0')}`;
  const message = `${label} is no National Provider Identifier: ten digits are expected, the first 1 or 2, the last their check digit.`;
  report('x12/npi', number, 0, message);
}

/** The check digit is that of Luhn over 80840, the prefix of health care in the United States, and the number. */
export function isProviderIdentifier(text: string): boolean {
  if (!/^[12]\d{9}$/.test(text)) return false;
  // What the five digits of the prefix add.
  let sum = 24;
  for (let at = 0; at < 10; at++) {
    const digit = text.charCodeAt(at) - 48;
    const doubled = at % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** States and postal codes are those of the United States and Canada, unless another country is named. */
function checkAddress(reader: SegmentReader, report: ElementReport): void {
  const country = reader.value(4);
  if (country !== '' && country !== 'US' && country !== 'CA') return;
  checkState(reader.value(2), (message) => report('x12/state-code', 2, 0, `N4-02 ${message}`));
  const postal = reader.value(3);
  if (postal !== '' && !isPostalCode(postal, country)) {
    const message = 'N4-03 is no postal code: five or nine digits are expected, in Canada such as A1A1A1.';
    report('x12/postal-code', 3, 0, message);
  }
}

/** CLM-11 tells in its fourth component in which state an accident was. */
function checkAccident(reader: SegmentReader, report: ElementReport): void {
  if (reader.isEmpty(11)) return;
  const state = reader.value(11).split(String.fromCharCode(reader.delimiters.component))[3] ?? '';
  checkState(state, (message) => report('x12/state-code', 11, 4, `CLM-11-4 ${message}`));
}

function checkState(state: string, report: (message: string) => void): void {
  if (state === '' || externalList('states')?.has(state) !== false) return;
  report('is no state or province of the United States or Canada.');
}

const zip = /^(?!00000)\d{5}(?:\d{4})?$/;
const canadian = /^[A-Z]\d[A-Z] ?\d[A-Z]\d$/;

function isPostalCode(text: string, country: string): boolean {
  return (country !== 'CA' && zip.test(text)) || (country !== 'US' && canadian.test(text));
}
