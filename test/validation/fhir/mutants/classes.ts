/** The kinds of defects that a FHIR resource can have: each turns a good resource into one with exactly that defect. */
import { type Anatomy, type Holder, isJson, type Json, type Spot } from './spots.ts';

/** Does its harm in place; false where the resource has nothing that it could be done to. A text replaces the whole. */
export type Mutate = (anatomy: Anatomy, pick: Pick) => boolean | string;
/** One of a list, by chance; undefined of an empty one. */
export type Pick = <T>(list: readonly T[]) => T | undefined;

const OTHER_TYPES = ['Substance', 'Binary', 'Schedule', 'Slot', 'Basic', 'Flag'];

export const classes: Readonly<Record<string, Mutate>> = {
  'unknown element': atHolder(({ object }) => (object['hairColour'] = 'brown')),
  'element of another type': atHolder(({ object, type }) => {
    const foreign = ['linkId', 'gender', 'onsetAge', 'packaging'].find((name) => !type.elements.has(name));
    object[foreign ?? 'foreign'] = 'x';
  }),
  'wrong case of an element': atSpot(
    (spot) => !spot.name.startsWith('_') && spot.type.name !== 'Extension',
    ({ holder, name }) => {
      holder[name.toUpperCase()] = holder[name];
      Reflect.deleteProperty(holder, name);
    },
  ),
  'missing required element': missingRequired,
  'array for a single element': atSpot(
    ({ definition }) => !definition.repeats,
    ({ holder, name }) => (holder[name] = [holder[name]]),
  ),
  'single value for an array': atSpot(
    ({ definition }) => definition.repeats,
    ({ holder, name, value }) => (holder[name] = value),
  ),
  'empty array': atSpot(
    ({ definition }) => definition.repeats,
    ({ holder, name }) => (holder[name] = []),
  ),
  'null in an array': atSpot(
    ({ definition, holder, name }) => definition.repeats && !(`_${name}` in holder),
    ({ holder, name }) => (holder[name] = [...(holder[name] as unknown[]), null]),
  ),
  'null for an element': atSpot(always, ({ replace }) => replace(null)),
  'empty object': atSpot(isComplex, ({ replace }) => replace({})),
  'object with an id only': atSpot(
    (spot) => isComplex(spot) && spot.definition.typeName !== 'Resource',
    ({ replace }) => replace({ id: 'a' }),
  ),
  'empty string': atSpot(isText, ({ replace }) => replace('')),
  'white space only': atSpot(isText, ({ replace }) => replace('   ')),
  'control character': atSpot(ofType('string', 'markdown'), ({ replace, value }) =>
    replace(`${String(value)}\u0007`),
  ),
  'string for a number': atSpot(isNumber, ({ replace, value }) => replace(String(value))),
  'string for a boolean': atSpot(ofType('boolean'), ({ replace, value }) => replace(String(value))),
  'number for a string': atSpot(isText, ({ replace }) => replace(7)),
  'object for a primitive': atSpot(isPrimitive, ({ replace, value }) => replace({ value })),
  'primitive for an object': atSpot(isComplex, ({ replace }) => replace('x')),
  'fraction for an integer': atSpot(ofType('integer', 'positiveInt', 'unsignedInt'), ({ replace }) =>
    replace(1.5),
  ),
  'integer beyond 32 bits': atSpot(ofType('integer', 'positiveInt', 'unsignedInt'), ({ replace }) =>
    replace(2 ** 31),
  ),
  'negative count': atSpot(ofType('positiveInt', 'unsignedInt'), ({ replace }) => replace(-1)),
  'date of another form': atSpot(isDate, ({ replace }) => replace('17.05.2024')),
  'impossible day': atSpot(ofType('date', 'dateTime'), ({ replace }) => replace('2023-02-30')),
  'impossible month': atSpot(ofType('date', 'dateTime'), ({ replace }) => replace('1980-13-45')),
  'time without a zone': atSpot(ofType('dateTime', 'instant'), ({ replace }) =>
    replace('2024-05-17T09:30:00'),
  ),
  'time without seconds': atSpot(ofType('dateTime', 'instant'), ({ replace }) =>
    replace('2024-05-17T09:30Z'),
  ),
  'day for an instant': atSpot(ofType('instant'), ({ replace }) => replace('2024-05-17')),
  'hour 25': atSpot(ofType('time', 'dateTime', 'instant'), ({ replace, definition }) =>
    replace(definition.typeName === 'time' ? '25:00:00' : '2024-05-17T25:00:00Z'),
  ),
  'space in a URI': atSpot(ofType('uri', 'url', 'canonical'), ({ replace }) =>
    replace('http://example.org/a b'),
  ),
  'OID that is none': atSpot(ofType('oid'), ({ replace }) => replace('urn:oid:3.a')),
  'space around a code': atSpot(ofType('code'), ({ replace, value }) => replace(` ${String(value)}`)),
  'id with a forbidden character': rootId('a_b/c'),
  'id too long': rootId('x'.repeat(65)),
  'base64 that is none': atSpot(ofType('base64Binary'), ({ replace }) => replace('QU_D')),
  'code out of a required set': atSpot(
    ({ definition }) =>
      definition.codes !== null && definition.typeName === 'code' && definition.codes.all.size > 0,
    ({ replace }) => replace('no-such-code'),
  ),
  'concept out of a required set': atSpot(
    ({ definition }) => definition.codes !== null && definition.typeName === 'CodeableConcept',
    ({ replace }) => replace({ coding: [{ system: 'http://example.org', code: 'no-such-code' }] }),
  ),
  'two of a choice': atSpot(
    ({ definition, type }) =>
      definition.choice !== null && otherOf(definition.choice, definition.name, type) !== undefined,
    ({ holder, definition, type }) => {
      const other = otherOf(definition.choice ?? '', definition.name, type);
      if (other !== undefined) holder[other] = type.elements.get(other)?.primitive ? 'x' : { text: 'x' };
    },
  ),
  'type that a choice has not': atSpot(
    ({ definition }) => definition.choice !== null,
    ({ holder, name, definition }) => {
      holder[`${definition.choice ?? ''}Patient`] = holder[name];
      Reflect.deleteProperty(holder, name);
    },
  ),
  'no resource type': ({ root }) => Reflect.deleteProperty(root, 'resourceType'),
  'unknown resource type': ({ root }) => ((root['resourceType'] = 'Pateint'), true),
  'contained within contained': contain((inner) => {
    inner['contained'] = [{ resourceType: 'Basic', id: 'z', code: { text: 'a' } }];
  }),
  'contained without an id': contain((inner) => Reflect.deleteProperty(inner, 'id')),
  'contained that nothing refers to': contain(() => undefined, false),
  'contained with a version': contain((inner) => (inner['meta'] = { versionId: '1' })),
  'two contained with one id': contain((_inner, all) =>
    all.push({ resourceType: 'Basic', id: 'zz', code: { text: 'a' } }),
  ),
  'reference to nothing contained': atSpot(
    isLiteral,
    ({ value }) => ((value as Json)['reference'] = '#nowhere'),
  ),
  'reference to a type that is not allowed': atSpot(
    (spot) => isLiteral(spot) && spot.definition.targets !== null,
    ({ value, definition }) => {
      const type = OTHER_TYPES.find((other) => definition.targets?.has(other) !== true) ?? 'Binary';
      (value as Json)['reference'] = `${type}/1`;
      Reflect.deleteProperty(value as Json, 'type');
    },
  ),
  'reference to a type that is not there': atSpot(
    isLiteral,
    ({ value }) => ((value as Json)['reference'] = 'Pateint/1'),
  ),
  'reference of no form': atSpot(isLiteral, ({ value }) => ((value as Json)['reference'] = 'somewhere')),
  'reference whose type is another': atSpot(
    (spot) => isLiteral(spot) && /^[A-Z][A-Za-z]+\/[\w.-]+$/.test(String((spot.value as Json)['reference'])),
    ({ value }) => {
      const json = value as Json;
      json['type'] = String(json['reference']).startsWith('Substance/') ? 'Patient' : 'Substance';
    },
  ),
  'narrative with a script': narrative(
    '<div xmlns="http://www.w3.org/1999/xhtml"><p>a</p><script>b()</script></div>',
  ),
  'narrative with an event handler': narrative(
    '<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="b()">a</p></div>',
  ),
  'narrative without its namespace': narrative('<div><p>a</p></div>'),
  'narrative that is not well-formed': narrative('<div xmlns="http://www.w3.org/1999/xhtml"><p>a</div>'),
  'narrative that says nothing': narrative('<div xmlns="http://www.w3.org/1999/xhtml"> </div>'),
  'narrative that is no div': narrative('<p xmlns="http://www.w3.org/1999/xhtml">a</p>'),
  'extension without a URL': extend({ valueString: 'a' }),
  'extension with a relative URL': extend({ url: 'colour', valueString: 'a' }),
  'extension with nothing': extend({ url: 'http://example.org/colour' }),
  'extension with a value and extensions': extend({
    url: 'http://example.org/colour',
    valueString: 'a',
    extension: [{ url: 'b', valueString: 'a' }],
  }),
  'extension with two values': extend({ url: 'http://example.org/colour', valueString: 'a', valueCode: 'a' }),
  'known extension with another value': extend({
    url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
    valueString: 'unknown',
  }),
  'modifier extension in a data type': atSpot(
    ({ definition, value }) =>
      isJson(value) && ['HumanName', 'Coding', 'Identifier', 'Quantity'].includes(definition.typeName),
    ({ value }) =>
      ((value as Json)['modifierExtension'] = [{ url: 'http://example.org/not', valueBoolean: true }]),
  ),
  'extension of a primitive that is a text': atSpot(
    (spot) => isPrimitive(spot) && !spot.definition.repeats && spot.type.name !== 'Extension',
    ({ holder, name }) => (holder[`_${name}`] = 'x'),
  ),
  'extension beside an object': atSpot(
    (spot) => isComplex(spot) && !spot.definition.repeats,
    ({ holder, name }) => (holder[`_${name}`] = { id: 'a' }),
  ),
  'period that ends before it starts': atSpot(ofType('Period'), ({ replace }) =>
    replace({ start: '2024-05-17', end: '2024-05-16' }),
  ),
  'range that is upside down': atSpot(ofType('Range'), ({ replace }) =>
    replace({
      low: { value: 7, system: 'http://unitsofmeasure.org', code: 'kg' },
      high: { value: 5, system: 'http://unitsofmeasure.org', code: 'kg' },
    }),
  ),
  'contact point without a system': atSpot(ofType('ContactPoint'), ({ replace }) =>
    replace({ value: '555' }),
  ),
  'quantity with a code and no system': atSpot(ofType('Quantity'), ({ replace }) =>
    replace({ value: 1, code: 'mg' }),
  ),
  'attachment without a content type': atSpot(ofType('Attachment'), ({ replace }) =>
    replace({ data: 'QUJD' }),
  ),
  'attachment of another size': atSpot(ofType('Attachment'), ({ replace }) =>
    replace({ contentType: 'text/plain', data: 'QUJD', size: 99 }),
  ),
  'code system that is relative': atSpot(ofType('Coding'), ({ replace }) =>
    replace({ system: 'loinc', code: '1' }),
  ),
  'identifier system that is relative': atSpot(ofType('Identifier'), ({ replace }) =>
    replace({ system: 'mrn', value: '1' }),
  ),
  'property twice': ({ root }) => {
    const text = JSON.stringify(root);
    return `${text.slice(0, -1)},"id":"a","id":"b"}`;
  },
  'comma too many': ({ root }) => `${JSON.stringify(root).slice(0, -1)},}`,
  'comment in JSON': ({ root }) => JSON.stringify(root).replace('{', '{ /* a */ '),
  fhir_comments: atHolder(({ object }) => (object['fhir_comments'] = ['a'])),
  'entry of a Bundle without a URL': bundle((entry) => Reflect.deleteProperty(entry, 'fullUrl')),
  'relative fullUrl': bundle((entry) => (entry['fullUrl'] = 'Patient/1')),
  'fullUrl of another resource': bundle(
    (entry) => (entry['fullUrl'] = 'http://example.org/fhir/Substance/zzz'),
  ),
  'fullUrl with a version': bundle((entry) => (entry['fullUrl'] = `${String(entry['fullUrl'])}/_history/1`)),
  'two entries with one URL': bundle((entry, all) => all.push(structuredClone(entry))),
  'request in a collection': bundle((entry) => (entry['request'] = { method: 'GET', url: 'Patient/1' })),
  'response in a collection': bundle((entry) => (entry['response'] = { status: '200' })),
  'search in a collection': bundle((entry) => (entry['search'] = { mode: 'match' })),
  'entry with nothing': bundle((_entry, all) =>
    all.push({ fullUrl: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520' }),
  ),
  'total of a collection': bundle((_entry, _all, root) => (root['total'] = 1)),
  'transaction without requests': bundle((_entry, _all, root) => (root['type'] = 'transaction')),
  'document without a composition': bundle((_entry, _all, root) => {
    root['type'] = 'document';
    root['timestamp'] = '2024-05-17T09:30:00Z';
    root['identifier'] = { system: 'http://example.org', value: '1' };
  }, 'Composition'),
};

function always(): boolean {
  return true;
}

function isPrimitive({ definition, value }: Spot): boolean {
  return definition.primitive !== null && value !== null && definition.typeName !== 'xhtml';
}

function isComplex({ definition, value }: Spot): boolean {
  return definition.primitive === null && isJson(value);
}

function isText(spot: Spot): boolean {
  return isPrimitive(spot) && spot.definition.primitive?.json === 'string';
}

function isNumber(spot: Spot): boolean {
  return isPrimitive(spot) && spot.definition.primitive?.json === 'number';
}

function isDate({ definition, value }: Spot): boolean {
  return value !== null && ['date', 'dateTime', 'instant'].includes(definition.typeName);
}

function ofType(...names: readonly string[]): (spot: Spot) => boolean {
  return ({ definition, value }) => value !== null && names.includes(definition.typeName);
}

function isLiteral({ definition, value }: Spot): boolean {
  return definition.typeName === 'Reference' && isJson(value) && typeof value['reference'] === 'string';
}

function atSpot(suits: (spot: Spot) => boolean, harm: (spot: Spot) => unknown): Mutate {
  return ({ spots }, pick) => {
    const spot = pick(spots.filter(suits));
    if (spot === undefined) return false;
    harm(spot);
    return true;
  };
}

function atHolder(harm: (holder: Holder) => unknown): Mutate {
  return ({ holders }, pick) => {
    const holder = pick(holders);
    if (holder === undefined) return false;
    harm(holder);
    return true;
  };
}

function missingRequired({ holders }: Anatomy, pick: Pick): boolean {
  const required = holders.flatMap(({ object, type }) =>
    type.required.map(({ names }) => ({ object, names })),
  );
  const chosen = pick(required.filter(({ object, names }) => names.some((name) => name in object)));
  if (chosen === undefined) return false;
  for (const name of chosen.names) {
    Reflect.deleteProperty(chosen.object, name);
    Reflect.deleteProperty(chosen.object, `_${name}`);
  }
  return true;
}

function otherOf(choice: string, name: string, { elements }: Holder['type']): string | undefined {
  return [...elements.values()].find((one) => one.choice === choice && one.name !== name)?.name;
}

function rootId(id: string): Mutate {
  return ({ root }) => {
    root['id'] = id;
    return true;
  };
}

/** A contained resource that the root refers to by an extension, then harmed. */
function contain(harm: (inner: Json, all: Json[]) => unknown, isReferredTo = true): Mutate {
  return ({ root, definitions }) => {
    if (!definitions.type(String(root['resourceType'])).lineage.includes('DomainResource')) return false;
    const inner: Json = { resourceType: 'Basic', id: 'zz', code: { text: 'a' } };
    const all = [...((root['contained'] as Json[] | undefined) ?? []), inner];
    root['contained'] = all;
    const link = { url: 'http://example.org/link', valueReference: { reference: '#zz' } };
    if (isReferredTo) root['extension'] = [...((root['extension'] as Json[] | undefined) ?? []), link];
    harm(inner, all);
    return true;
  };
}

function narrative(div: string): Mutate {
  return ({ root, definitions }) => {
    if (!definitions.type(String(root['resourceType'])).lineage.includes('DomainResource')) return false;
    root['text'] = { status: 'generated', div };
    return true;
  };
}

function extend(extension: Json): Mutate {
  return ({ holders }, pick) => {
    const suits = holders.filter(({ type }) => type.elements.has('extension') && type.name !== 'Extension');
    const holder = pick(suits);
    if (holder === undefined) return false;
    holder.object['extension'] = [...((holder.object['extension'] as Json[] | undefined) ?? []), extension];
    return true;
  };
}

/** The resource as the entry of a collection, then harmed. */
function bundle(harm: (entry: Json, all: Json[], root: Json) => unknown, except?: string): Mutate {
  return ({ root }) => {
    const type = String(root['resourceType']);
    if (type === 'Bundle' || type === except) return false;
    const id = typeof root['id'] === 'string' ? root['id'] : 'a';
    const entry: Json = { fullUrl: `http://example.org/fhir/${type}/${id}`, resource: { ...root, id } };
    const all = [entry];
    const whole: Json = { resourceType: 'Bundle', type: 'collection', entry: all };
    harm(entry, all, whole);
    return JSON.stringify(whole);
  };
}
