/** Values, names and pieces of XML that a careless validator would stumble over. */

export const US_CORE = [
  'http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient',
  'http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab|5.0.1',
  'http://hl7.org/fhir/us/core/StructureDefinition/us-core-encounter',
];

const xhtml = 'xmlns="http://www.w3.org/1999/xhtml"';

/** In place of any value. */
export const harmful: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, 5e-324],
  ...['', ' ', 'x', '\u0000', '\ud800', 'a'.repeat(5000), ' '.repeat(5000), 'a b'.repeat(2000)],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'Patient',
    'resourceType',
    'transaction',
    'document',
    'history',
  ],
  ...['#', '#a', 'urn:uuid:', 'urn:oid:1', 'Patient/1', 'Patient?a=b', 'http://a/Patient/1/_history/2', '/'],
  ...[
    '2020-02-30',
    '0000',
    '9999-12-31T23:59:60.9999999+14:00',
    '2020-01-01T00:00',
    '24:00:00',
    '275760-09-13',
  ],
  ...[`<div ${xhtml}>a</div>`, `<div ${xhtml}><a href="#b"><script/>`, `<div ${xhtml}>&a;</div>`, '<div'],
  ...['http://hl7.org/fhir/StructureDefinition/Patient|4.3.0', ...US_CORE],
  ...['http://hl7.org/fhir/StructureDefinition/patient-birthPlace', 'http://unitsofmeasure.org'],
  ...[
    [],
    {},
    [null],
    [[]],
    [{}],
    [[[[[]]]]],
    { id: 'a' },
    { extension: [] },
    { extension: [null] },
    { url: '' },
  ],
  ...[
    { resourceType: 'Patient' },
    { resourceType: 'Bundle', type: 'document', entry: [{}] },
    { resourceType: 7 },
  ],
  ...[
    { reference: '#' },
    { reference: 'urn:uuid:a' },
    { coding: [{}] },
    { value: 1, unit: null },
    { start: 5 },
  ],
  ...[Array.from({ length: 60 }, () => ({ reference: '#a' })), nested(60)],
];

function nested(levels: number): object {
  return levels === 0 ? {} : { extension: [nested(levels - 1)] };
}

/** For properties; `~` becomes `__proto__`. */
export const names: readonly string[] = [
  ...['', '_', '~', '___proto__', 'constructor', 'hasOwnProperty', 'toString', 'resourceType', 'id'],
  ...['_id', 'meta', 'profile', 'implicitRules', 'text', 'div', 'status', 'contained', 'extension', 'url'],
  ...[
    'modifierExtension',
    'valueString',
    'valueQuantity',
    '_valueString',
    'valueReference',
    'value',
    '_value',
  ],
  ...['reference', 'type', 'identifier', 'system', 'code', 'coding', 'start', 'end', 'data', 'size', 'hash'],
  ...[
    'entry',
    'resource',
    'fullUrl',
    'request',
    'response',
    'search',
    'link',
    'item',
    'linkId',
    'enableWhen',
  ],
  ...[
    'question',
    'answerBoolean',
    'section',
    'component',
    'parameter',
    'part',
    'concept',
    'property',
    '_given',
  ],
];

/** Between the tags of XML, and within them. */
export const tokens: readonly string[] = [
  ...[
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '&b;',
    '&#0;',
    '&#x110000;',
    '&#xD800;',
    '&lt;',
    '&',
    '<![CDATA[',
    ']]>',
  ],
  ...[
    '<?a b?>',
    '<?xml version="1.1"?>',
    '<!--',
    '-->',
    '--',
    '\ufeff',
    '\u0000',
    '<',
    '>',
    '/>',
    '"',
    ' x ',
  ],
  ...[
    ' value=""',
    ' value="1" value="2"',
    ' id="a"',
    ' url="a"',
    ' xmlns=""',
    ' xmlns:a="http://hl7.org/fhir"',
  ],
  ...[
    ' xmlns="http://www.w3.org/1999/xhtml"',
    ' a:b="c"',
    ' xml:lang="en"',
    ' xsi:type="a"',
    ' __proto__="a"',
  ],
  ...[
    '<a:b xmlns:a="http://hl7.org/fhir"/>',
    '<Bundle/>',
    '<Patient xmlns="http://hl7.org/fhir"/>',
    '<__proto__/>',
  ],
  ...[
    '<contained>',
    '</contained>',
    '<extension url="a">',
    '</extension>',
    '<extension>',
    '<constructor value="a"/>',
  ],
  ...[`<text><div ${xhtml}>`, `<div ${xhtml}><script/></div>`, '</div>', '<name/>', '<name>', '</name>'],
  ...['<birthDate value="a"><extension url="b"/></birthDate>', '<active/>', '<entry><resource/></entry>'],
  ...['<a>'.repeat(150), '<extension url="a">'.repeat(150), '<valueInteger value="0x1"/>', '<resourceType/>'],
];
