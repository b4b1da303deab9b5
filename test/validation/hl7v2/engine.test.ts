import test from 'ava';
import { hl7v2Engine } from '../../../src/validation/hl7v2/index.ts';
import { rulesOf, samplesOf, verdictOf } from './support.ts';

const samples = samplesOf('hl7v2');

for (const sample of samples) {
  test(`the verdict on the sample ${sample.name} is what its manifest says`, (t) => {
    const verdict = verdictOf(hl7v2Engine, sample.bytes);
    t.is(verdict.valid, sample.valid);
    t.deepEqual(rulesOf(verdict), { errors: [...sample.rules], remarks: [...(sample.remarks ?? [])] });
  });
}

test('every rule is found in some sample, but for those of a site’s profile', (t) => {
  const found = new Set(samples.flatMap((sample) => [...sample.rules, ...(sample.remarks ?? [])]));
  t.deepEqual(
    hl7v2Engine.rules
      .map((rule) => rule.id)
      .filter((id) => !found.has(id) && !id.startsWith('hl7v2/profile-')),
    [],
  );
});

test('a preset is never milder than the one before it', (t) => {
  const order = ['off', 'information', 'warning', 'error'];
  for (const { id, levels } of hl7v2Engine.rules) {
    t.true(order.indexOf(levels.lenient) <= order.indexOf(levels.standard), id);
    t.true(order.indexOf(levels.standard) <= order.indexOf(levels.strict), id);
  }
});

test('nothing at all is found in a good sample, under strict neither', (t) => {
  for (const sample of samples.filter(({ valid, remarks }) => valid && remarks === undefined)) {
    t.deepEqual(verdictOf(hl7v2Engine, sample.bytes, 'strict').issues, [], sample.name);
  }
});

const header = 'MSH|^~\\&|A|B|C|D|20260314120000||';
const message = (...segments: string[]): Buffer => Buffer.from(`${segments.join('\r')}\r`);
const locations = (rule: string, bytes: Buffer): string[] =>
  verdictOf(hl7v2Engine, bytes)
    .issues.filter((issue) => issue.rule === rule)
    .map((issue) => issue.location);

test('version and type are told where they are of the standard, and are null otherwise', (t) => {
  const known = verdictOf(hl7v2Engine, message(`${header}ADT^A01^ADT_A01|1|P|2.5.1^USA`, 'EVN||2026'));
  t.is(known.version, '2.5.1');
  t.is(known.type, 'ADT^A01');
  const unknown = verdictOf(hl7v2Engine, message(`${header}JOHNSON^EVE|1|P|19620320`));
  t.is(unknown.version, null);
  t.is(unknown.type, null);
});

test('line feeds end segments beside carriage returns too, and are told once', (t) => {
  const segments = [`${header}ADT^A01^ADT_A01|1|P|2.5`, 'EVN||2026', 'PID|1||1^^^H^MR||D^J', 'PV1|1|I'];
  const [first = '', ...others] = segments;
  for (const mixed of [
    `${first}\r${others.join('\n')}`,
    `${segments.join('\n')}\r`,
    `${first}\n${others.join('\r\n')}\r\n`,
    `\v${segments.join('\n')}\u001c\r`,
  ]) {
    const { type, issues } = verdictOf(hl7v2Engine, Buffer.from(mixed));
    const rules = issues.map(({ rule }) => rule).filter((rule) => rule !== 'hl7v2/framing');
    t.deepEqual([type, rules], ['ADT^A01', ['hl7v2/segment-terminator']], JSON.stringify(mixed));
  }
});

test('a line feed in a field ends no segment, and is no character of text', (t) => {
  const wrapped = message(`${header}ADT^A01^ADT_A01|1|P|2.5`, 'EVN||2026', 'PID|1||1||D\nOLD^J', 'PV1|1|I');
  const { issues } = verdictOf(hl7v2Engine, wrapped);
  t.deepEqual(
    issues.map(({ rule, location }) => `${rule} ${location}`),
    ['hl7v2/control-character PID-5'],
  );
});

test('an empty line between segments is told, a line end of two characters is none', (t) => {
  const segments = [`${header}ADT^A01^ADT_A01|1|P|2.5`, 'EVN||2026', 'PID|1||1^^^H^MR||D^J', 'PV1|1|I'];
  const lines = (bytes: string): string[] =>
    verdictOf(hl7v2Engine, Buffer.from(bytes)).issues.map(({ message: said }) => said.slice(0, 21));
  t.deepEqual(lines(`${segments.join('\r\r')}\r`), ['There are empty lines']);
  t.deepEqual(lines(segments.join('\r\n')), ['Line feeds end the se']);
  t.deepEqual(lines(segments.join('\n\n')), ['Line feeds end the se', 'There are empty lines']);
  t.deepEqual(lines(segments.join('\r\n\r\n')), ['Line feeds end the se', 'There are empty lines']);
  t.deepEqual(lines(`${segments.join('\r')}\r\r\r`), []);
});

test('a value type of three letters is not too long for OBX-2', (t) => {
  for (const version of ['2.4', '2.5', '2.5.1', '2.6']) {
    const bytes = message(`${header}ORU^R01|1|P|${version}`, 'PID|1', 'OBX|1|CWE|1^a^L||1^b^L||||||F');
    t.deepEqual(locations('hl7v2/length', bytes), [], version);
    t.deepEqual(locations('hl7v2/value-type', bytes), [], version);
  }
});

test('the control id and the sender are told as they were written', (t) => {
  const verdict = verdictOf(
    hl7v2Engine,
    message(`MSH|^~\\&|Müller|LAB|C|D|2026||ACK|CTRL-9|P|2.4`, 'MSA|AA|1'),
  );
  t.is(verdict.controlId, 'CTRL-9');
  t.is(verdict.sender, 'Müller|LAB');
});

test('a local segment or message is never a finding', (t) => {
  const bytes = message(`${header}ZDT^Z01|1|P|2.5`, 'ZPI|1|anything^at&all', 'PID|1||7^^^L||X');
  t.deepEqual(verdictOf(hl7v2Engine, bytes, 'strict').issues, []);
});

test('a location names segment, repetition, component and subcomponent', (t) => {
  const pid = 'PID|1||1^^^L^MR~2^^^L^MR^^20261301||DOE';
  const bytes = message(
    `${header}ADT^A01^ADT_A01|1|P|2.5.1`,
    'EVN||20260314',
    pid,
    'PV1|1|I',
    'OBX|1|NM|1||1|||||||',
    'OBX|2|NM|1||x||||||F',
  );
  t.deepEqual(locations('hl7v2/date', bytes), ['PID-3[2].7']);
  t.deepEqual(locations('hl7v2/number', bytes), ['OBX[2]-5']);
  t.deepEqual(locations('hl7v2/required-field', bytes), ['OBX-11']);
});

test('other encoding characters than the usual ones are read as declared', (t) => {
  const bytes = message(
    'MSH#*!%$#A#B#C#D#20260314##ADT*A08#1#P#2.3',
    'EVN##20260314',
    'PID###1!2##DOE##19991301',
    'PV1##I',
  );
  t.deepEqual(locations('hl7v2/timestamp', bytes), ['PID-7']);
  t.is(verdictOf(hl7v2Engine, bytes).type, 'ADT^A08');
});

test('the order of groups is followed, and what is only misplaced is not called missing', (t) => {
  const repeated = [
    'OBR|1||L|1|||20260314|||||||||||||||20260314|||F',
    'OBX|1|ST|1||a||||||F',
    'NTE|1',
    'OBX|2|ST|1||b||||||F',
    'OBR|2||L|2|||20260314|||||||||||||||20260314|||F',
    'OBX|1|ST|1||c||||||F',
  ];
  const inOrder = message(`${header}ORU^R01^ORU_R01|1|P|2.5.1`, 'PID|1||1||DOE', ...repeated);
  t.deepEqual(verdictOf(hl7v2Engine, inOrder, 'strict').issues, []);
  const misplaced = message(`${header}ADT^A08|1|P|2.3`, 'EVN|A08|2026', 'PV1||I', 'PID|||1||DOE');
  t.deepEqual(locations('hl7v2/segment-order', misplaced), ['PID']);
  t.deepEqual(locations('hl7v2/required-segment', misplaced), []);
});

test('two segments that changed places are one finding, and what is missing stays missing', (t) => {
  const merge = (...segments: string[]): string[] =>
    verdictOf(hl7v2Engine, message(`${header}ADT^A40^ADT_A39|1|P|2.5.1`, 'EVN||2026', ...segments))
      .issues.filter(({ rule }) => rule.endsWith('-segment') || rule.endsWith('-order'))
      .map(({ rule, message: said }) => `${rule.slice(6)}: ${said.slice(0, said.indexOf(' in the '))}`);
  const [pid, mrg, pv1] = ['PID|1||1^^^L^MR||DOE', 'MRG|2^^^L^MR', 'PV1|1|I'];
  t.deepEqual(merge(pid, mrg, pv1, pid, mrg), []);
  t.deepEqual(merge(pid, pv1, mrg), ['segment-order: MRG has no place here: it comes before PV1']);
  t.deepEqual(merge(mrg, pid, pv1), ['segment-order: PID has no place here: it comes before MRG']);
  t.deepEqual(merge(pid, pv1, pid, mrg), ['required-segment: MRG is required before PV1']);
  t.deepEqual(merge(mrg, pv1), ['required-segment: PID is required before MRG']);
});

test('a batch is closed with its counts in digits, and holds messages alone', (t) => {
  const batch = (...segments: string[]): string[] =>
    verdictOf(hl7v2Engine, message('BHS|^~\\&|A', ...segments)).issues.map(
      ({ rule, location }) => `${rule.slice(6)} ${location}`,
    );
  const acknowledgement = [`${header}ACK|1|P|2.4`, 'MSA|AA|1'];
  t.deepEqual(batch(...acknowledgement, 'BTS|1'), []);
  t.deepEqual(batch(...acknowledgement, 'BTS|'), []);
  t.deepEqual(batch(...acknowledgement, 'BTS|one'), ['batch BTS-1']);
  t.deepEqual(batch(...acknowledgement, 'BTS|2'), ['batch BTS-1']);
  t.deepEqual(batch(...acknowledgement, 'BTS|1', 'NTE|1||a', 'NTE|2||b'), ['batch segment[5]']);
  t.deepEqual(batch('BTS|0'), ['header-segment ']);
});

test('where the delimiters leave nothing to be read, nothing else is told', (t) => {
  const faults = (text: string): string[] =>
    verdictOf(hl7v2Engine, Buffer.from(text)).issues.map(
      ({ rule, location }) => `${rule.slice(6)} ${location}`,
    );
  t.deepEqual(faults('MSH^~\\&|LAB\rEVN||1\r'), ['encoding-characters MSH-2']);
  t.deepEqual(faults('MSH|'), ['encoding-characters MSH-1']);
  t.deepEqual(faults(`${header.replace('^~', '^^')}ACK^A01|1|P|2.4\rMSA|AA|1\r`), [
    'encoding-characters MSH-2',
  ]);
});

test('findings in one of several messages say in which', (t) => {
  const two = message(
    `${header}ACK|1|P|2.4`,
    'MSA|AA|1',
    `${header}ADT^A08|2|P|2.3`,
    'EVN|A08|x',
    'PID|||1||DOE',
    'PV1||I',
  );
  t.deepEqual(locations('hl7v2/timestamp', two), ['message[2]/EVN-2']);
});

test('a repeated body of a megabyte is read in one pass', (t) => {
  const endless = Buffer.from(
    `MSH|^~\\&|${'ZZZ\r'.repeat(50_000)}${'\\'.repeat(300_000)}${'~^&'.repeat(100_000)}`,
  );
  t.is(verdictOf(hl7v2Engine, endless).valid, false);
});
