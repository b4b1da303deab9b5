/** The containers for development: pinned, on the seed's ports, for this machine only, and as `npm run infra` has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { KAFKA_VERSION, NATS_VERSION } from '../brokers/download.ts';
import { serverProperties } from '../brokers/kafka-properties.ts';

interface Service {
  readonly profiles: readonly string[];
  readonly image: string;
  readonly build?: { readonly dockerfile: string };
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
}

const FOLDER = join(import.meta.dirname, '../../docker');
// The file's shape is what the assertions below are about.
const { services } = parse(read('compose.yaml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};
const all = Object.entries(services);

test('the profiles are core, demo and observability, and every service is in one of them', (t) => {
  const profiles = new Set(all.flatMap(([, service]) => service.profiles));
  t.deepEqual([...profiles].toSorted(), ['core', 'demo', 'observability']);
  t.deepEqual(
    all.filter(([, { profiles }]) => profiles.length === 0).map(([name]) => name),
    [],
  );
});

test('every image is pinned to a version, but for the one that is built here', (t) => {
  const loose = all.filter(([, { image }]) => !/:v?\d+\.\d+\.\d+/.test(image)).map(([name]) => name);
  t.deepEqual(loose, ['gateway']);
  t.is(services['gateway']?.build?.dockerfile, 'docker/Dockerfile');
});

test('the brokers are of the versions that npm run infra starts', (t) => {
  t.is(services['core-jetstream']?.image, `nats:${NATS_VERSION}-alpine`);
  t.is(services['external-jetstream']?.image, `nats:${NATS_VERSION}-alpine`);
  t.is(services['external-kafka']?.image, `apache/kafka:${KAFKA_VERSION}`);
});

test('the ports are those of the seed, on loopback only', (t) => {
  const ports = Object.fromEntries(all.map(([name, { ports = [] }]) => [name, ports]));
  t.deepEqual(ports['core-jetstream'], ['127.0.0.1:4222:4222']);
  t.deepEqual(ports['external-jetstream'], ['127.0.0.1:4224:4224']);
  t.is(ports['external-kafka']?.[0], '127.0.0.1:9093:9093');
  t.deepEqual(
    Object.values(ports)
      .flat()
      .filter((port) => !port.startsWith('127.0.0.1:')),
    [],
  );
});

test('whatever is published says whether it is healthy', (t) => {
  const silent = all.filter(([, { ports, healthcheck }]) => ports && !healthcheck).map(([name]) => name);
  t.deepEqual(silent, ['gateway']);
  t.regex(read('Dockerfile'), /^HEALTHCHECK [^]*\/healthz/m);
});

test('the image is built in stages of one pinned Node, and runs without root', (t) => {
  const dockerfile = read('Dockerfile');
  const stages = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  t.deepEqual(new Set(stages), new Set([services['certificates']?.image]));
  t.true(stages.length > 1);
  t.regex(dockerfile, /^USER node$/m);
});

test('the two brokers of Kafka differ in addresses and paths only', (t) => {
  const file = { cert: '', key: '', certPath: '', keyPath: '' };
  const certificates = { ca: { pem: '', path: '' }, server: file, client: file };
  const plain = { username: 'plainuser', password: 'plainpass' };
  const ours = serverProperties({ first: 9093, folder: '/', certificates, plain });
  t.deepEqual(settings(read('kafka/server.properties')), settings(ours));
});

/** The lines that name no address and no file. */
function settings(properties: string): readonly string[] {
  return properties
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .filter((line) => !/listener|quorum\.voters|log\.dirs|store\./.test(line) || line.includes('sasl.jaas'))
    .toSorted();
}

function read(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}
