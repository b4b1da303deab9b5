/**
 * The keys of the seed, LinuxForHealth HealthOS in Python: each is accepted, taken to its new name where there is one,
 * and named in a warning.
 */
import type { Finding } from './mistakes.ts';
import type { Kind } from './kinds.ts';
import { formatPath, type Path } from './path.ts';
import { settingOf } from './setting.ts';
import type { Source } from './source.ts';

type Plain = Record<string, unknown>;

/** Changes the source's value in place; answers the warnings. `kinds` say which options of a connector have no effect. */
export function adaptSeed(source: Source, kinds: readonly Kind[]): Finding[] {
  const root = plain(source.value);
  const app = plain(root['app']);
  const messaging = plain(app['messaging']);
  return [
    ...takeTls(source, app),
    ...drop(app, ['app'], appKeys),
    ...drop(messaging, ['app', 'messaging'], messagingKeys),
    ...drop(root, [], rootKeys),
    ...dropOptions(root['connectors'], kinds),
  ];
}

/** The options of a kind that its schema marks as the seed's: their descriptions say why they have no effect. */
function dropOptions(connectors: unknown, kinds: readonly Kind[]): Finding[] {
  if (!Array.isArray(connectors)) return [];
  return connectors.map(plain).flatMap(({ type, config }, index) => {
    const own = plain(config);
    const kind = kinds.find((one) => one.kind === own['type'] && one.direction === type);
    if (kind === undefined) return [];
    const settings = [...settingOf(kind.schema).keys].filter(([, setting]) => setting.seed);
    const reasons = settings.map(([key, { description }]): [string, string] => [
      key,
      description.replace(/\.$/, ''),
    ]);
    return drop(own, ['connectors', index, 'config'], Object.fromEntries(reasons));
  });
}

const ssl = 'TLS keeps to what Node.js takes to be safe';

/** Why each has no effect. */
const appKeys = {
  debug: 'There is no reloading in place; for more in the log use logging.level: debug',
  ssl_keyfile_password: 'Keep the key in a file that only the gateway may read',
  ssl_version: ssl,
  ssl_cert_reqs: 'Name the authorities in app.tls.client_ca to demand a client certificate',
  ssl_ca_certs: 'Name the authorities in app.tls.client_ca to demand a client certificate',
  ssl_ciphers: ssl,
};
const messagingKeys = { inbound_subject: 'Messages are received on lfh.healthos.ingress' };
const rootKeys = { logging_config: 'The log is set by logging.level and logging.format' };

function drop(object: Plain, path: Path, keys: Readonly<Record<string, string>>): Finding[] {
  return Object.entries(keys).flatMap(([key, why]) => {
    if (!Object.hasOwn(object, key)) return [];
    Reflect.deleteProperty(object, key);
    return [{ path: [...path, key], message: `${key} has no effect.`, suggestion: `${why}.`, atKey: true }];
  });
}

/** `ssl_certfile`, `ssl_keyfile` and, where it is demanded, `ssl_ca_certs` are `tls` where that is not given itself. */
function takeTls(source: Source, app: Plain): Finding[] {
  const names = { ssl_certfile: 'cert', ssl_keyfile: 'key' } as const;
  const used = Object.keys(names).filter((key) => Object.hasOwn(app, key));
  if (used.length === 0) return [];
  const demanded = demandsClient(app);
  const wanted = demanded ? { ...names, ssl_ca_certs: 'client_ca' } : names;
  const hasOwn = Object.hasOwn(app, 'tls');
  const tls: Plain = {};
  const warnings = Object.entries(wanted).flatMap(([key, name]) => {
    if (!Object.hasOwn(app, key)) return [];
    tls[name] = app[key];
    Reflect.deleteProperty(app, key);
    if (!hasOwn) movePlace(source, ['app', key], ['app', 'tls', name]);
    return [tlsWarning(key, name, hasOwn)];
  });
  if (demanded) Reflect.deleteProperty(app, 'ssl_cert_reqs');
  if (!hasOwn) {
    app['tls'] = tls;
    movePlace(source, ['app', used[0] ?? ''], ['app', 'tls']);
  }
  return warnings;
}

function tlsWarning(key: string, name: string, hasOwn: boolean): Finding {
  return {
    path: ['app', key],
    message: hasOwn ? `${key} has no effect beside app.tls.` : `${key} is taken as app.tls.${name}.`,
    suggestion: hasOwn ? 'Leave it out.' : `Write app.tls.${name}.`,
    atKey: true,
  };
}

/** Python's ssl.CERT_REQUIRED is 2. */
function demandsClient(app: Plain): boolean {
  return ['2', 'CERT_REQUIRED'].includes(String(app['ssl_cert_reqs'])) && Object.hasOwn(app, 'ssl_ca_certs');
}

/** What is under a new name is still where it was written. */
export function movePlace(source: Source, from: Path, to: Path): void {
  const place = source.places.get(formatPath(from));
  if (place !== undefined) source.places.set(formatPath(to), place);
}

function plain(value: unknown): Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Plain) : {};
}
