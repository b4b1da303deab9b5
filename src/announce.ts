/** The first thing that a person sees: where everything is, and what to type next. */
import { isEmbedded, type LoadedDefinition, type MessagingDefinition } from './config/definition.ts';
import type { Gateway } from './gateway.ts';
import { describeServers } from './nats/faults.ts';
import { packageVersion } from './version.ts';

type Announced = Pick<Gateway, 'url' | 'dataFolder' | 'supervisor'> & {
  readonly inspector: { readonly banner: string } | undefined;
};

export function announce({ definition }: LoadedDefinition, gateway: Announced): string {
  const { url, dataFolder, inspector, supervisor } = gateway;
  const { ready, reasons } = supervisor.readiness();
  const state = ready ? 'is ready.' : `listens, but is not ready. ${reasons.join(' ')}`;
  const { format } = definition.logging;
  const rows: [string, string][] = [
    ...ingressRows(definition.connectors, url),
    ['dashboard', `${url}/`],
    ['admin API', `${url}/admin   (described at ${url}/docs)`],
    ...busRows(definition.app.messaging),
    ['data', dataFolder],
    ['logs', `standard output, ${format === 'json' ? 'one JSON object a line' : 'one line an event'}`],
    ...(inspector === undefined ? [] : [['inspector', inspector.banner] satisfies [string, string]]),
  ];
  const table = rows.map(([what, where]) => `  ${what.padEnd(10)} ${where}`).join('\n');
  return `\nHealthOS ${packageVersion()} ${state}\n\n${table}\n${firstMessage(definition, url)}\n`;
}

/** The embedded bus lies in the data folder. */
function busRows({ url, stream_name }: MessagingDefinition): [string, string][] {
  return isEmbedded(url) ? [] : [['bus', `${describeServers(url.split(','))}   (stream ${stream_name})`]];
}

/** Where each connector listens that others come to, in the order of the definition. */
function ingressRows(
  connectors: LoadedDefinition['definition']['connectors'],
  url: string,
): [string, string][] {
  return connectors.flatMap(({ id, config }): [string, string][] => {
    const described = places.get(config.type);
    return described === undefined ? [] : [[described.what, `${described.where(config, url)}   (${id})`]];
  });
}

type Config = LoadedDefinition['definition']['connectors'][number]['config'];

const places: ReadonlyMap<
  string,
  { readonly what: string; readonly where: (config: Config, url: string) => string }
> = new Map([
  [
    'RestEndpoint',
    {
      what: 'ingress',
      where: (config, url) => `${text(config, 'http_method').toUpperCase()} ${url}${text(config, 'url')}`,
    },
  ],
  ['FhirEndpoint', { what: 'fhir', where: (config, url) => `POST ${url}${text(config, 'url')}` }],
  ['StowEndpoint', { what: 'dicomweb', where: (config, url) => `POST ${url}${text(config, 'url')}/studies` }],
  ['MllpServer', { what: 'mllp', where: (config) => `${text(config, 'host')}:${text(config, 'port')}` }],
  [
    'DicomServer',
    {
      what: 'dicom',
      where: (config) => `${text(config, 'ae_title')}@${text(config, 'host')}:${text(config, 'port')}`,
    },
  ],
]);

function text(config: Config, setting: string): string {
  const value = config[setting];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A line to paste, for the first endpoint that takes POST. */
function firstMessage({ connectors, app }: LoadedDefinition['definition'], url: string): string {
  const endpoint = connectors.find(
    ({ config }) => config.type === 'RestEndpoint' && String(config['http_method']).toLowerCase() === 'post',
  );
  if (endpoint === undefined) return '';
  const token = app.auth === undefined ? '' : " -H 'Authorization: Bearer TOKEN'";
  return `
Send a first message from another terminal, and see what became of it:

  curl ${url}${String(endpoint.config['url'])}${token} -H 'Prefer: wait=10' -H 'Content-Type: application/hl7-v2' --data-binary \\
    $'MSH|^~\\\\&|LAB|NORTH|EHR|SOUTH|20260301120000||ADT^A01^ADT_A01|1|P|2.5.1\\rEVN||20260301120000\\rPID|1||4711^^^NORTH^MR||DOE^JANE\\rPV1|1|I\\r'

Ctrl-C ends it; what was acknowledged stays.
`;
}
