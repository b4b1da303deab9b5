import test from 'ava';
import { examine, findings } from './examine.ts';

const NS = 'xmlns="http://hl7.org/fhir"';

function patient(content: string): string {
  return `<Patient ${NS}><id value="nils-probe"/>${content}</Patient>`;
}

test('a resource in XML is known as in JSON', (t) => {
  const { type, version, controlId, sender } = examine(
    `<Patient ${NS}><id value="p"/><meta><source value="urn:oid:1.2"/></meta></Patient>`,
  );
  t.deepEqual(
    { type, version, controlId, sender },
    { type: 'Patient', version: '4.0.1', controlId: 'p', sender: 'urn:oid:1.2' },
  );
});

test('values are read as their types have them', (t) => {
  t.deepEqual(findings(patient('<active value="true"/><multipleBirthInteger value="2"/>')), []);
  t.deepEqual(findings(patient('<active value="yes"/>')), ['fhir/data-type Patient.active']);
  t.deepEqual(findings(patient('<multipleBirthInteger value="2.0"/>')), [
    'fhir/primitive-format Patient.multipleBirthInteger',
  ]);
  t.deepEqual(findings(patient('<birthDate value="1980-13-45"/>')), [
    'fhir/primitive-format Patient.birthDate',
  ]);
  t.deepEqual(findings(patient('<gender value="m"/>')), ['fhir/required-binding Patient.gender']);
});

test('an element that does not repeat is there once', (t) => {
  t.deepEqual(findings(patient('<gender value="male"/><gender value="male"/>')), [
    'fhir/cardinality Patient.gender',
  ]);
});

test('repeats have their indices', (t) => {
  const names = '<name><given value="Nils"/></name><name><given value="Ole"/><given value=" "/></name>';
  t.deepEqual(findings(patient(names)), ['fhir/primitive-format Patient.name[1].given[1]']);
});

test('an element without value and extension is empty', (t) => {
  t.deepEqual(findings(patient('<gender/>')), ['fhir/empty-element Patient.gender']);
  t.deepEqual(findings(patient('<gender id="g"/>')), ['fhir/empty-element Patient.gender']);
  t.deepEqual(findings(patient('<name/>')), ['fhir/empty-element Patient.name[0]']);
});

test('an extension stands for a missing value', (t) => {
  const extension = '<extension url="http://example.org/why"><valueCode value="asked"/></extension>';
  t.deepEqual(findings(patient(`<name><given value="Nils"/><given>${extension}</given></name>`)), []);
  t.deepEqual(findings(patient(`<birthDate>${extension}</birthDate>`)), []);
});

test('an extension names itself in an attribute', (t) => {
  t.deepEqual(findings(patient('<extension><valueCode value="a"/></extension>')), [
    'fhir/required-element Patient.extension[0]',
  ]);
});

test('elements keep the order of the definition', (t) => {
  t.deepEqual(findings(patient('<birthDate value="1980"/><gender value="male"/>')), [
    'fhir/element-order Patient.gender',
  ]);
});

test('elements and attributes that R4 does not define are found', (t) => {
  t.deepEqual(findings(patient('<hairColour value="brown"><x/></hairColour>')), [
    'fhir/unknown-element Patient.hairColour',
  ]);
  t.deepEqual(findings(patient('<gender value="male" since="1980"/>')), [
    'fhir/unknown-element Patient.gender.since',
  ]);
  t.deepEqual(findings(patient('<gender value="male">male</gender>')), [
    'fhir/unknown-element Patient.gender',
  ]);
  t.deepEqual(findings(patient('<__proto__ value="a"/>')), ['fhir/unknown-element Patient.__proto__']);
});

test('resources nest in XML too', (t) => {
  const resource = '<resource><Patient><gender value="m"/></Patient></resource>';
  const bundle = `<Bundle ${NS}><type value="collection"/><entry>${resource}</entry></Bundle>`;
  t.deepEqual(findings(bundle), [
    'fhir/required-binding Bundle.entry[0].resource.gender',
    'fhir/full-url-missing Bundle.entry[0]',
  ]);
  t.deepEqual(findings(patient('<contained><Grupp/></contained>')), [
    'fhir/unknown-resource-type Patient.contained[0]',
    'fhir/contained-id Patient.contained[0]',
  ]);
});

test('the narrative is in the namespace of XHTML', (t) => {
  const text = (content: string): string => patient(`<text><status value="generated"/>${content}</text>`);
  t.deepEqual(findings(text('<div xmlns="http://www.w3.org/1999/xhtml"><p>a<br/></p></div>')), []);
  t.deepEqual(findings(text('<div xmlns="http://www.w3.org/1999/xhtml"><p> </p></div>')), [
    'fhir/narrative Patient.text.div',
  ]);
  t.deepEqual(findings(text('<div>a</div>')), [
    'fhir/namespace Patient.text.div',
    'fhir/primitive-format Patient.text.div',
  ]);
});

test('another root than a resource is found', (t) => {
  t.deepEqual(findings(`<Grupp ${NS}/>`), ['fhir/unknown-resource-type ']);
  t.deepEqual(findings('<html xmlns="http://www.w3.org/1999/xhtml"/>'), [
    'fhir/namespace ',
    'fhir/unknown-resource-type ',
  ]);
});

test('a document type declaration ends the reading before anything is expanded', (t) => {
  const entities = '<!DOCTYPE Patient [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>';
  t.deepEqual(findings(`${entities}${patient('<gender value="&b;"/>')}`), ['fhir/doctype ']);
});

test('an entity that is not one of the five of XML cannot be read', (t) => {
  t.deepEqual(findings(patient('<language value="&who;"/>')), ['fhir/xml-syntax ']);
});

test('the depth of XML has a limit', (t) => {
  const levels = 100_000;
  t.deepEqual(findings(patient('<extension>'.repeat(levels))), ['fhir/depth ']);
});

const div = (text: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>`;

const unreadable: readonly (readonly [xml: string, says: RegExp])[] = [
  [`${patient('')}\n<Patient/>`, /line 2, column \d+: there is a second root element\.$/],
  [`<Patient ${NS}>\n<name>`, /line 2, column 6: it is cut off: elements are still open\.$/],
  [`<Patient ${NS}>\n<name></Patient>`, /line 2, column 16: this closes another element/],
  [
    `<Patient ${NS}>\n<name><text value="A & B"/></name></Patient>`,
    /line 2, column 22: an & begins no entity/,
  ],
  [patient(`<text>${div('a&nbsp;b')}</text>`), /this entity is none of XML, .* numbers such as &#160;\.$/],
  [patient('<gender value="male" value="male"/>'), /an element has an attribute twice\.$/],
  [patient('<gender value=male/>'), /an attribute has no value in quotes\.$/],
  [patient('<gender value="<"/>'), /by itself < is written &lt;\.$/],
  [patient('<f:gender value="male"/>'), /the namespace of a prefix is not declared\.$/],
  [` <?xml version="1.0"?>${patient('')}`, /the XML declaration is malformed, or not at the beginning\.$/],
];

test('XML that cannot be read says where and why, and quotes nothing', (t) => {
  for (const [xml, says] of unreadable) {
    const [issue] = examine(xml).issues;
    t.is(issue?.rule, 'fhir/xml-syntax');
    t.regex(issue?.message ?? '', says);
    t.regex(issue?.message ?? '', new RegExp(`line ${issue?.line ?? 0}, column ${issue?.column ?? 0}`));
  }
});

test('a narrative in JSON that cannot be read says why as well', (t) => {
  const [issue] = examine({
    resourceType: 'Patient',
    text: { status: 'generated', div: div('a\n&nbsp;') },
  }).issues;
  t.regex(
    issue?.message ?? '',
    /^The narrative is not well-formed XHTML at line 2, column 6 of its text: this entity/,
  );
});

test('a namespace that is missing is told with its place', (t) => {
  const { issues } = examine('<Patient>\n<active value="true"/></Patient>');
  t.deepEqual(
    issues.filter(({ rule }) => rule === 'fhir/namespace').map(({ line, column }) => [line, column]),
    [[1, 9]],
  );
});

test('XML that declares another encoding than UTF-8 is refused, and read on', (t) => {
  const declared = (encoding: string) =>
    `<?xml version="1.0" encoding="${encoding}"?>${patient('<gender value="m"/>')}`;
  t.deepEqual(findings(declared('utf-16')), ['fhir/encoding ', 'fhir/required-binding Patient.gender']);
  t.deepEqual(findings(declared('UTF-8')), ['fhir/required-binding Patient.gender']);
});
