import test from 'ava';
import { x12Engine } from '../../../src/validation/x12/index.ts';
import { rulesOf, samplesOf, verdictOf } from '../hl7v2/support.ts';

const samples = samplesOf('x12');
const claim = samples.find(({ name }) => name === 'x12-837p')?.bytes.toString('latin1') ?? '';

for (const sample of samples) {
  test(`the verdict on the sample ${sample.name} is what its manifest says`, (t) => {
    const verdict = verdictOf(x12Engine, sample.bytes);
    t.is(verdict.valid, sample.valid);
    t.deepEqual(rulesOf(verdict), { errors: [...sample.rules], remarks: [...(sample.remarks ?? [])] });
  });
}

test('every rule is found in some sample', (t) => {
  const found = new Set(samples.flatMap((sample) => [...sample.rules, ...(sample.remarks ?? [])]));
  t.deepEqual(
    x12Engine.rules.map((rule) => rule.id).filter((id) => !found.has(id)),
    [],
  );
});

test('a preset is never milder than the one before it', (t) => {
  const order = ['off', 'information', 'warning', 'error'];
  for (const { id, levels } of x12Engine.rules) {
    t.true(order.indexOf(levels.lenient) <= order.indexOf(levels.standard), id);
    t.true(order.indexOf(levels.standard) <= order.indexOf(levels.strict), id);
  }
});

test('nothing at all is found in a good sample, under strict neither', (t) => {
  for (const sample of samples.filter(({ valid, remarks }) => valid && remarks === undefined)) {
    t.deepEqual(verdictOf(x12Engine, sample.bytes, 'strict').issues, [], sample.name);
  }
});

test('type, version, control number and sender are told', (t) => {
  const { type, version, controlId, sender } = verdictOf(x12Engine, Buffer.from(claim));
  t.deepEqual(
    { type, version, controlId, sender },
    {
      ...{ type: '837', version: '005010X222A1' },
      ...{ controlId: '000000101', sender: 'LINDENCLINIC' },
    },
  );
});

test('any delimiters that the ISA declares are read, and line ends between segments do not matter', (t) => {
  for (const terminator of ['~', '~\r\n', '\n', '\r', '\u001c']) {
    const other = claim
      .replaceAll('~\n', terminator)
      .replaceAll('*', '|')
      .replaceAll(':', '>')
      .replaceAll('^', '{');
    t.deepEqual(verdictOf(x12Engine, Buffer.from(other)).issues, [], JSON.stringify(terminator));
  }
});

function locations(rule: string, text: string): string[] {
  const { issues } = verdictOf(x12Engine, Buffer.from(text));
  return issues.filter((issue) => issue.rule === rule).map((issue) => issue.location);
}

test('a location names loop, segment by its place in the transaction, element and component', (t) => {
  t.deepEqual(locations('x12/data-type', claim.replace('*145.5***11', '*14x***11')), ['2300/CLM[19]-02']);
  t.deepEqual(locations('x12/element-too-long', claim.replace('ABK:J029', `ABK:${'J'.repeat(31)}`)), [
    '2300/HI[20]-01-2',
  ]);
  t.deepEqual(locations('x12/required-element', claim.replace('ABF:R509', 'ABF')), ['2300/HI[20]-02-2']);
  t.deepEqual(locations('x12/interchange-element', claim.replace('000000101*0*T', '000000101*0*Q')), [
    'ISA-15',
  ]);
  t.deepEqual(locations('x12/group-element', claim.replace('*1200*1*X*', '*1200*1*Q*')), ['GS-07']);
});

test('a finding names the guide, the loop and the segment that demand it', (t) => {
  const { issues } = verdictOf(x12Engine, Buffer.from(claim.replace('*Y*A*Y*Y', '*Q*A*Y*Y')));
  t.deepEqual(
    issues.map(({ rule, spec }) => ({ rule, spec })),
    [{ rule: 'x12/code', spec: 'ASC X12N 005010X222A1, loop 2300, CLM' }],
  );
});

test('a version in GS-08 that is cut off is told by what ST-03 says', (t) => {
  const { issues } = verdictOf(x12Engine, Buffer.from(claim.replace('*X*005010X222A1', '*X*005010')));
  t.deepEqual(
    issues.filter(({ severity }) => severity === 'error').map(({ rule, message }) => ({ rule, message })),
    [
      {
        rule: 'x12/implementation-reference',
        message:
          'GS-08 names only a part of the version and guide of ST-03: both are expected to be the same.',
      },
    ],
  );
});

test('a code that may not stand in its place is told with those that may', (t) => {
  const sentences = (text: string): string[] =>
    verdictOf(x12Engine, Buffer.from(text)).issues.map(({ message }) => message);
  t.deepEqual(sentences(claim.replace('DMG*D8*19620320*F', 'DMG*D8*19620320*Q')), [
    'DMG-03 has a code that this transaction does not allow here: F, M or U is expected.',
  ]);
  t.deepEqual(sentences(claim.replace('BHT*0019', 'BHT*0022')), [
    'BHT-01 has a code that this transaction does not allow here: 0019 is expected.',
  ]);
  t.deepEqual(sentences(claim.replace('N3*4 MILL ROAD~\nN4', 'N4')).slice(0, 1), [
    'N3 is required in loop 2010AA and is missing.',
  ]);
});

test('a segment whose code is none is taken for what may come there, and what follows keeps its place', (t) => {
  const found = (from: string, to: string): string[] =>
    verdictOf(x12Engine, Buffer.from(claim.replace(from, to))).issues.map(
      ({ rule, location }) => `${rule.slice(4)} ${location}`,
    );
  t.deepEqual(found('NM1*85', 'NM1*Q5'), ['code 2000A/NM1[8]-01']);
  t.deepEqual(found('NM1*IL', 'NM1*'), ['required-element 2000B/NM1[14]-01']);
  t.deepEqual(found('HL*2*1*22', 'HL*2*1*99'), ['code 2000B/HL[12]-03']);
});

test('a loop that lost its beginning is told once, with the segment that is missing', (t) => {
  const without = (line: RegExp): string[] => {
    const text = claim.replace(line, '').replace(/SE\*(\d+)/, (_, count) => `SE*${Number(count) - 1}`);
    return verdictOf(x12Engine, Buffer.from(text)).issues.map(({ message }) => message);
  };
  t.deepEqual(without(/HL\*1\*.*~\n/), [
    'PRV has no place here: it belongs to loop 2000A, which begins with HL.',
  ]);
  t.deepEqual(without(/CLM\*.*~\n/), [
    'HI has no place here: it belongs to loop 2300, which begins with CLM.',
  ]);
});

test('a range of dates does not end before it begins', (t) => {
  const of = (range: string): string[] =>
    locations('x12/date', claim.replace(/DTP\*472\*D8\*\d{8}/, `DTP*472*RD8*${range}`));
  t.deepEqual(of('20260301-20260301'), []);
  t.deepEqual(of('20260302-20260301'), ['2400/DTP[23]-03']);
});

test('what stands outside of ST and SE is told once', (t) => {
  t.deepEqual(locations('x12/envelope', claim.replace(/ST\*837.*~\n/, '')), ['BHT', 'SE']);
});

test('delimiters that tell no end of a segment end the reading', (t) => {
  const text = claim.replace(/\*:~/, '*:*~');
  t.deepEqual(
    verdictOf(x12Engine, Buffer.from(text)).issues.map(({ rule }) => rule),
    ['x12/delimiters'],
  );
});

test('findings in a second transaction say so', (t) => {
  const two = samples.find(({ name }) => name === 'x12-two-claims')?.bytes.toString('latin1') ?? '';
  const at = two.lastIndexOf('19620320*F');
  const text = `${two.slice(0, at)}19620320*Q${two.slice(at + 10)}`;
  t.deepEqual(locations('x12/code', text), ['ST[2]/2010BA/DMG[17]-03']);
});

test('a second interchange may have other delimiters', (t) => {
  const other = claim.replaceAll('*', '|').replaceAll('000000101', '000000102');
  t.deepEqual(verdictOf(x12Engine, Buffer.from(claim + other)).issues, []);
});

test('a transaction without a map is checked by its envelope', (t) => {
  const text = claim
    .replaceAll('005010X222A1', '005010X217')
    .replace('ST*837', 'ST*278')
    .replace('GS*HC', 'GS*HI');
  t.deepEqual(locations('x12/no-map', text), ['ST-01']);
  t.deepEqual(locations('x12/segment-count', text.replace('SE*24', 'SE*25')), ['SE-01']);
});

test('an inquiry asks by a service type or by a procedure, and not by neither', (t) => {
  const inquiry = samples.find(({ name }) => name === 'x12-270')?.bytes.toString('latin1') ?? '';
  const asking = (how: string): unknown =>
    verdictOf(x12Engine, Buffer.from(inquiry.replace('EQ*30', how)), 'strict').issues.map(
      ({ rule, location }) => `${rule} ${location}`,
    );
  t.deepEqual(asking('EQ**HC:99213'), []);
  t.deepEqual(asking('EQ***FAM'), ['x12/condition 2110C/EQ[12]-01']);
  t.deepEqual(asking('EQ*QQ'), ['x12/code 2110C/EQ[12]-01']);
});

test('a quantity of a benefit comes with one of its qualifiers', (t) => {
  const answer = samples.find(({ name }) => name === 'x12-271')?.bytes.toString('latin1') ?? '';
  const with98 = (benefit: string): string => answer.replace('EB*B**98***27*20', benefit);
  t.deepEqual(locations('x12/condition', with98('EB*F**98******VS*12')), []);
  t.deepEqual(locations('x12/condition', with98('EB*F**98******VS')), ['2110C/EB[15]-09']);
  t.deepEqual(locations('x12/code', with98('EB*F**98******20*12')), ['2110C/EB[15]-09']);
});

test('a megabyte of separators or of segments without an end is read in one pass', (t) => {
  for (const part of ['*', ':', '^', 'N3~', 'HL*1~', 'ISA*']) {
    const endless = claim.replace('LX*1', `LX*1~${part.repeat(1_000_000 / part.length)}`);
    t.is(verdictOf(x12Engine, Buffer.from(endless)).valid, false, part);
  }
});
