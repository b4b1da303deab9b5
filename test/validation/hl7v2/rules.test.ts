import test from 'ava';
import { hl7v2Engine } from '../../../src/validation/hl7v2/index.ts';
import { verdictOf } from './support.ts';

const msh = (type: string, version: string, more = ''): string =>
  `MSH|^~\\&|A|B|C|D|20260410||${type}|1|P|${version}${more}`;
const pid = 'PID|1||88123^^^N^MR||NEWTON^ADA';

/** What is found under `strict`, without remarks, as `rule location`. */
function errorsIn(segments: readonly string[], encoding: BufferEncoding = 'latin1'): string[] {
  const bytes = Buffer.from(segments.map((segment) => `${segment}\r`).join(''), encoding);
  return verdictOf(hl7v2Engine, bytes, 'strict')
    .issues.filter(({ severity }) => severity === 'error')
    .map(({ rule, location }) => `${rule.slice('hl7v2/'.length)} ${location}`);
}

const admission = (header: string, patient = pid): string[] => [header, 'EVN||20260410', patient, 'PV1|1|I'];
const sets = (name: string): string => msh('ADT^A01^ADT_A01', '2.5.1', `||||||${name}`);

test('bytes are read by the character set of MSH-18, and refused where they are none of it', (t) => {
  const umlaut = pid.replace('ADA', 'ÄDA');
  t.deepEqual(errorsIn(admission(sets('UNICODE UTF-8'), umlaut), 'utf8'), []);
  t.deepEqual(errorsIn(admission(sets('UNICODE UTF-8'), umlaut)), ['character-set MSH-18']);
  t.deepEqual(errorsIn(admission(sets('8859/1'), umlaut)), []);
  t.deepEqual(errorsIn(admission(sets(''), umlaut)), ['undeclared-characters MSH-18']);
  t.deepEqual(errorsIn(admission(sets('LATIN-1'))), ['undeclared-characters MSH-18']);
  t.deepEqual(errorsIn(admission(sets('UNICODE UTF-16'))), ['character-set MSH-18']);
});

test('a delimiter’s code within a character of several bytes delimits nothing', (t) => {
  // In both, the second byte of the character is that of a bar.
  const chinese = pid.replace('ADA', 'A\u0082\u007cA');
  t.deepEqual(errorsIn(admission(sets('GB 18030-2000'), chinese)), []);
  const japanese = pid.replace('ADA', '\u001b$B\u003e\u007c\u001b(B');
  t.deepEqual(errorsIn(admission(sets('~ISO IR87'), japanese)), []);
});

test('the sender is told in characters, whatever the set of the message', (t) => {
  const header = sets('8859/1').replace('|A|', '|Zürich|');
  const { sender } = verdictOf(hl7v2Engine, Buffer.from(`${header}\r`, 'latin1'));
  t.is(sender, 'Zürich|B');
});

test('the truncation character is known from 2.7 on, and says which values were cut', (t) => {
  const cut = (version: string) => admission(msh('ADT^A01^ADT_A01', version).replace('&|', '&#|'), `${pid}#`);
  const found = (version: string) =>
    verdictOf(hl7v2Engine, Buffer.from(`${cut(version).join('\r')}\r`)).issues.map(({ rule }) => rule);
  t.true(found('2.7').includes('hl7v2/truncated-value'));
  t.false(found('2.7').includes('hl7v2/truncation-character'));
  t.true(found('2.5').includes('hl7v2/truncation-character'));
});

test('an event that the version does not have is found, also where MSH-9.3 names a structure that it has', (t) => {
  t.deepEqual(errorsIn(admission(msh('ADT^A99^ADT_A01', '2.5.1'))), ['unknown-message-type MSH-9.2']);
  t.deepEqual(errorsIn([msh('ACK^X99^ACK', '2.5.1'), 'MSA|AA|1']), ['unknown-message-type MSH-9.2']);
  t.deepEqual(errorsIn([msh('ACK^A01^ACK', '2.5.1'), 'MSA|AA|1']), []);
});

test('from 2.7 on MSH-9 names its structure', (t) => {
  t.deepEqual(errorsIn(admission(msh('ADT^A01', '2.7'), `${pid}||`)), ['message-structure MSH-9.3']);
  t.deepEqual(errorsIn(admission(msh('ADT^A01', '2.5.1'))), []);
});

test('version 2.9 is examined by the newest tables, and the verdict says so', (t) => {
  const verdict = verdictOf(hl7v2Engine, Buffer.from(`${msh('ADT^A01^ADT_A01', '2.9')}\r`));
  t.is(verdict.version, '2.9');
  t.is(verdict.issues.find(({ rule }) => rule === 'hl7v2/newest-tables')?.severity, 'information');
});

test('a composite has its required components, at every level, and none where it is deleted or empty', (t) => {
  const patient = (id: string) => admission(msh('ADT^A01^ADT_A01', '2.5.1'), `PID|1||${id}||NEWTON^ADA`);
  t.deepEqual(errorsIn(patient('1^^^N^MR~^^^N^MR')), ['required-component PID-3[2]']);
  t.deepEqual(errorsIn(patient('1^^^&1.2.3^MR')), ['universal-id PID-3[1].4']);
  t.deepEqual(errorsIn(patient('1^^^""^MR')), []);
  t.deepEqual(errorsIn(patient('^^^')), ['required-field PID-3']);
});

test('components beyond those of the type are told, also behind empty ones', (t) => {
  const name = `NEWTON^ADA${'^'.repeat(14)}X`;
  const bytes = Buffer.from(
    `${admission(msh('ADT^A01^ADT_A01', '2.5.1'), `PID|1||1||${name}`).join('\r')}\r`,
  );
  const { issues } = verdictOf(hl7v2Engine, bytes, 'strict');
  t.deepEqual(
    issues.map(({ rule, location }) => `${rule} ${location}`),
    ['hl7v2/extra-component PID-5'],
  );
});

test('a universal id has the form of its type', (t) => {
  const patient = (authority: string) =>
    admission(msh('ADT^A01^ADT_A01', '2.5.1'), `PID|1||1^^^${authority}^MR||NEWTON^ADA`);
  const uuid = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
  for (const good of ['&2.16.840.1.113883&ISO', `&${uuid}&UUID`, '&adt.example.org&DNS', '&any&L'])
    t.deepEqual(errorsIn(patient(good)), [], good);
  for (const bad of ['&notanoid&ISO', '&2.16..1&ISO', '&3.1&ISO', '&2.016&ISO', '&2.16&UUID', '&a b&DNS'])
    t.deepEqual(errorsIn(patient(bad)), ['universal-id-form PID-3[1].4.2'], bad);
  const order = [
    msh('ORU^R01^ORU_R01', '2.5.1'),
    'OBR|1|7^N^2.x^ISO||1^a^L|||20260410|||||||||||||||20260410|||F',
  ];
  t.deepEqual(errorsIn(order), ['universal-id-form OBR-2[1].3']);
});

test('a structured number has the comparators and separators of its type', (t) => {
  const result = (value: string) => [
    msh('ORU^R01^ORU_R01', '2.5.1'),
    'OBR|1|||1^a^L|||20260410|||||||||||||||20260410|||F',
    `OBX|1|SN|1^a^L||${value}||||||F`,
  ];
  for (const good of ['>^100', '<=^5', '^1^-^8', '^1^:^128', '=^2^+'])
    t.deepEqual(errorsIn(result(good)), []);
  t.deepEqual(errorsIn(result('!!^5^x^6')), ['structured-number OBX-5[1].1', 'structured-number OBX-5[1].3']);
});

test('a control character is found wherever it stands, but in what is a site’s own', (t) => {
  const header = msh('ADT^A01^ADT_A01', '2.5.1');
  t.deepEqual(errorsIn(admission(header, pid.replace('ADA', 'A\tDA\u0007'))), ['control-character PID-5']);
  t.deepEqual(errorsIn(admission(header.replace('|A|', '|A\u0000|'))), ['control-character MSH-3']);
  t.deepEqual(errorsIn([...admission(header), 'ZPI|1|\u0001']), []);
});

test('a length is counted in characters: an escape sequence is one, and so is one of several bytes', (t) => {
  const control = (id: string) => admission(sets('UNICODE UTF-8').replace('|1|P|', `|${id}|P|`));
  t.deepEqual(errorsIn(control('ä'.repeat(20)), 'utf8'), []);
  t.deepEqual(errorsIn(control('\\T\\'.repeat(20))), []);
  t.deepEqual(errorsIn(control('a'.repeat(21))), ['length MSH-10']);
});

test('codes of HL7 tables bind, those of a site’s tables only under strict, and a CE may name its own system', (t) => {
  const patient = (sex: string, race: string) =>
    admission(msh('ADT^A01^ADT_A01', '2.5.1'), `${pid}|||${sex}||${race}`);
  t.deepEqual(errorsIn(patient('F', '2106-3')), []);
  t.deepEqual(errorsIn(patient('W', 'WHITE^White^L')), ['user-defined-code PID-8']);
  t.deepEqual(errorsIn([...patient('F', ''), 'DB1|1|PT||Q']), ['code DB1-4']);
});

test('fields are required where their condition holds, and only there', (t) => {
  const transfer = (event: string, visit: string) => [
    msh(`ADT^${event}^ADT_${event === 'A04' ? 'A01' : event}`, '2.5.1'),
    'EVN||20260410',
    pid,
    visit,
  ];
  t.deepEqual(errorsIn(transfer('A02', 'PV1|1|I|W4')), ['conditional-field PV1-6']);
  t.deepEqual(errorsIn(transfer('A02', 'PV1|1|I|W4|||W3')), []);
  t.deepEqual(errorsIn(transfer('A04', 'PV1|1|O')), []);
});

test('EVN-1 agrees with MSH-9', (t) => {
  const event = (code: string) => [msh('ADT^A01', '2.4'), `EVN|${code}|20260410`, pid, 'PV1|1|I'];
  t.deepEqual(errorsIn(event('A01')), []);
  t.deepEqual(errorsIn(event('A04')), ['event-type EVN-1']);
});
