/** Payloads that were good once, with damage done to them: the same number gives the same bytes. */
import { listSamples, readSample } from '../../../src/samples/index.ts';
import { toXml } from '../../../src/validation/fhir/reply-xml.ts';
import { Random } from '../x12/random.ts';
import { harmful, names, tokens, US_CORE } from './harmful.ts';

const samples = listSamples()
  .filter(({ format }) => format === 'fhir')
  .map((sample) => ({
    isXml: sample.file.href.endsWith('.xml'),
    isGood: sample.valid,
    text: textOf(sample),
  }));
const resources = samples.filter(({ isXml, text }) => !isXml && parsed(text) !== undefined);

const jsonSeeds = samples.filter(({ isXml }) => !isXml).map(({ text }) => text);
const xmlSeeds = [
  ...samples.filter(({ isXml }) => isXml).map(({ text }) => text),
  ...resources.filter(({ isGood }) => isGood).map(({ text }) => toXml(JSON.parse(text) as object)),
];
/** What is put in the place of another value, as JSON: each is made anew, since more damage may be done to it. */
const harmfulTexts = harmful.map((value) => JSON.stringify(value));
const grafts = resources.flatMap(({ text }) =>
  spotsOf(parsed(text)).map(({ holder, key }) => JSON.stringify(holder[key])),
);

function textOf(sample: Parameters<typeof readSample>[0]): string {
  return readSample(sample).toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Half of them damaged as a tree of values, so that they can be read and are wrong deep inside; the rest as bytes. */
export function damagedJson(number: number): Buffer {
  const random = new Random(number);
  const text = random.of(jsonSeeds);
  const root = number % 2 === 0 ? parsed(text) : undefined;
  return root === undefined
    ? damagedBytes(Buffer.from(text), random)
    : Buffer.from(damagedTree(root, random));
}

/** Half of them damaged between tags, the rest as bytes. */
export function damagedXml(number: number): Buffer {
  const random = new Random(number);
  const text = random.of(xmlSeeds);
  return number % 2 === 0 ? Buffer.from(damagedTags(text, random)) : damagedBytes(Buffer.from(text), random);
}

/** Bytes that mean something to JSON, XML or UTF-8. */
const telling = [
  0x00, 0x0a, 0x22, 0x26, 0x2c, 0x2f, 0x30, 0x3a, 0x3c, 0x3e, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0xc3, 0xff,
];

/** One to four bytes changed, left out, doubled, or a part of the input moved elsewhere. */
function damagedBytes(seed: Buffer, random: Random): Buffer {
  let bytes = seed;
  for (let left = 1 + random.below(4); left > 0; left -= 1) {
    const at = random.below(bytes.length);
    const kind = random.below(5);
    if (kind === 0) bytes[at] = random.below(256);
    else if (kind === 1) bytes[at] = random.of(telling);
    else if (kind === 2)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8))]);
    else {
      const from = random.below(bytes.length);
      const part = bytes.subarray(from, from + 1 + random.below(kind === 3 ? 4 : 64));
      bytes = Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
    }
  }
  return bytes;
}

interface Spot {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Every property of every object, and every item of every array. */
function spotsOf(value: unknown, found: Spot[] = []): Spot[] {
  if (typeof value !== 'object' || value === null) return found;
  const holder = value as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    found.push({ holder, key });
    spotsOf(holder[key], found);
  }
  return found;
}

const harms: readonly ((spot: Spot, random: Random) => void)[] = [
  ({ holder, key }, random) => (holder[key] = parsed(random.of(harmfulTexts))),
  ({ holder, key }, random) => (holder[key] = parsed(random.of(grafts))),
  ({ holder, key }, random) => (holder[random.of(names)] = structuredClone(holder[key])),
  ({ holder }, random) => (holder[random.of(names)] = parsed(random.of(harmfulTexts))),
  ({ holder, key }) => (holder[key] = [holder[key]]),
  ({ holder, key }) => (holder[key] = [holder[key], structuredClone(holder[key])]),
  ({ holder, key }) => (holder[`_${key}`] = structuredClone(holder[key])),
  ({ holder, key }) => Reflect.deleteProperty(holder, key),
  ({ holder }) => (holder['meta'] = { profile: [...US_CORE] }),
];

/** `~` stands for the one name that cannot simply be given to a property. */
function damagedTree(root: unknown, random: Random): string {
  for (let left = 1 + random.below(4); left > 0; left -= 1) {
    const spots = spotsOf(root);
    if (spots.length > 0) random.of(harms)(random.of(spots), random);
  }
  return JSON.stringify(root).replaceAll('"~":', '"__proto__":');
}

/** Elements left out, doubled and moved, within a document and between two; what means something is put between. */
function damagedTags(seed: string, random: Random): string {
  let text = seed;
  for (let left = 1 + random.below(4); left > 0; left -= 1) {
    const at = tagIn(text, random);
    const kind = random.below(4);
    if (kind === 0) text = text.slice(0, at) + text.slice(text.indexOf('>', at) + 1);
    else if (kind === 1) text = text.slice(0, at) + random.of(tokens) + text.slice(at);
    else {
      const other = kind === 2 ? text : random.of(xmlSeeds);
      const from = tagIn(other, random);
      text = text.slice(0, at) + other.slice(from, from + random.below(300)) + text.slice(at);
    }
  }
  return text;
}

/** Where some tag begins, or its attributes do. */
function tagIn(text: string, random: Random): number {
  const from = random.below(text.length);
  return Math.max(text.indexOf(random.below(4) === 0 ? ' ' : '<', from), 0);
}
