/**
 * What keeps a part of the definition from its work, but not the gateway: two that listen on one port, a folder that is not
 * there. `check` calls these mistakes; a start warns of them and goes on, and whoever is concerned says so in its status.
 */
import { stat } from 'node:fs/promises';
import type { Finding } from './mistakes.ts';
import type { Path } from './path.ts';
import { get, list } from './reading.ts';
import { validations } from './site-profile.ts';
import { positionIn, type Source } from './source.ts';
import { fileFault } from './substitute.ts';

/** `value` is the file's content, checked as far as it could be; `port` that of the gateway's own server. */
export async function findFlaws(value: unknown, source: Source, port: unknown): Promise<Finding[]> {
  return [...sharedPorts(value, source, port), ...(await missingFolders(value))];
}

interface Listener {
  readonly path: Path;
  readonly host: unknown;
  readonly port: unknown;
}

/** An idle connector shares a port with nobody: an operator starts the one or the other. */
function sharedPorts(value: unknown, source: Source, port: unknown): Finding[] {
  const own = { path: ['app', 'port'], host: get(get(value, 'app'), 'host'), port };
  const connectors = list(get(value, 'connectors')).flatMap((connector, index): Listener[] => {
    const config = get(connector, 'config');
    const isIdle = get(connector, 'enabled') === false || get(connector, 'type') !== 'inbound';
    const path = ['connectors', index, 'config', 'port'];
    return isIdle ? [] : [{ path, host: get(config, 'host'), port: get(config, 'port') }];
  });
  return connectors.flatMap((listener, index) => {
    const first = [own, ...connectors.slice(0, index)].find((other) => areOne(other, listener));
    return first === undefined ? [] : [shared(listener, first, source)];
  });
}

function shared({ path }: Listener, first: Listener, source: Source): Finding {
  const line = positionIn(source, first.path).line;
  const who = first.path[0] === 'app' ? 'The gateway itself' : `The connector in line ${line}`;
  return { path, message: `${who} listens on this port already.`, suggestion: 'Choose another port.' };
}

/** Port 0 is another one each time. */
function areOne(one: Listener, other: Listener): boolean {
  return typeof one.port === 'number' && one.port > 0 && one.port === other.port && overlap(one, other);
}

function overlap(one: Listener, other: Listener): boolean {
  const hosts = [addressOf(one.host), addressOf(other.host)];
  return hosts[0] === hosts[1] || hosts.some((host) => host === '0.0.0.0' || host === '::');
}

function addressOf(host: unknown): unknown {
  return host === 'localhost' ? '127.0.0.1' : host;
}

async function missingFolders(value: unknown): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [path, validation] of validations(value)) {
    const folder = get(get(validation, 'fhir'), 'folder');
    const fault = typeof folder === 'string' && folder !== '' ? await folderFault(folder) : undefined;
    if (fault === undefined) continue;
    const message = `The folder cannot be read (${fault}).`;
    findings.push({ path: [...path, 'fhir', 'folder'], message });
  }
  return findings;
}

async function folderFault(folder: string): Promise<string | undefined> {
  try {
    return (await stat(folder)).isDirectory() ? undefined : 'it is no folder';
  } catch (thrown) {
    return fileFault(thrown);
  }
}
