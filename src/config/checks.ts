/** What no schema can say: values that must agree with each other, or with this version. */
import { isEmbedded } from './definition.ts';
import type { Known } from './known.ts';
import type { Finding } from './mistakes.ts';
import { nearest } from './nearest.ts';
import type { Path } from './path.ts';
import { get, keysOf, list } from './reading.ts';
import { validations } from './site-profile.ts';
import { positionIn, type Source } from './source.ts';

/** Mistakes. `value` is the file's content, checked as far as it could be; any part of it may be missing. */
export function crossChecks(value: unknown, source: Source): Finding[] {
  const connectors = list(get(value, 'connectors'));
  return [
    ...checkBind(value),
    ...checkBus(value),
    ...uniqueIds(connectors, source),
    ...uniqueRoutes(connectors, source),
    ...connectors.flatMap((connector, index) => checkBackoff(connector, index)),
  ];
}

/** Settings that nothing heeds in this definition. */
export function withoutEffect(value: unknown): Finding[] {
  const messaging = get(get(value, 'app'), 'messaging');
  const url = get(messaging, 'url');
  if (typeof url === 'string' && !isEmbedded(url)) return [];
  return Object.entries(natsOnly)
    .filter(([key, usual]) => get(messaging, key) !== undefined && get(messaging, key) !== usual)
    .map(([key]) => ({
      path: ['app', 'messaging', key],
      message: `${key} has no effect with the embedded bus.`,
      suggestion: 'It is for a NATS server.',
      atKey: true,
    }));
}

/** Settings that only a NATS server would heed. */
const natsOnly = {
  stream_name: 'healthos',
  ingress_subject: 'lfh.healthos.ingress',
  error_subject: 'lfh.healthos.ingress.errors',
  data: undefined,
  replicas: 1,
  sync_always: false,
  user: undefined,
  password: undefined,
  token: undefined,
  creds: undefined,
  seal: undefined,
  tls: undefined,
};

export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

function checkBind(value: unknown): Finding[] {
  const app = get(value, 'app');
  const host = get(app, 'host');
  const open = typeof host === 'string' && !isLoopback(host);
  if (!open || get(app, 'auth') !== undefined || get(app, 'insecure_bind') === true) return [];
  return [
    {
      path: ['app', 'host'],
      message: 'Others can reach this address, and without app.auth they could do anything.',
      suggestion: 'Add app.auth.tokens, or listen on 127.0.0.1, or accept it with app.insecure_bind: true.',
    },
  ];
}

/** The ways to say who we are at a NATS server: one of them. */
const identities = ['user', 'token', 'creds'];

function checkBus(value: unknown): Finding[] {
  const messaging = get(get(value, 'app'), 'messaging');
  const url = get(messaging, 'url');
  if (typeof url !== 'string' || isEmbedded(url)) return [];
  const has = (key: string) => get(messaging, key) !== undefined;
  const at = (...path: string[]) => ['app', 'messaging', ...path];
  const given = identities.filter(has);
  const tls = get(messaging, 'tls');
  const lone = (get(tls, 'cert') === undefined) !== (get(tls, 'key') === undefined);
  return [
    ...given.slice(1).map((key) => ({
      path: at(key),
      message: `Only one of user, token and creds says who we are, and there is ${given[0] ?? ''} already.`,
      suggestion: 'Leave the others out.',
      atKey: true,
    })),
    ...(has('user') === has('password')
      ? []
      : [{ path: at(has('user') ? 'user' : 'password'), message: 'A user and a password go together.' }]),
    ...(lone ? [{ path: at('tls'), message: 'A certificate (cert) and its key go together.' }] : []),
    ...checkSubjects(messaging),
  ];
}

/** Messages and verdicts must not go to one subject, nor to another one of the bus. */
function checkSubjects(messaging: unknown): Finding[] {
  const taken: (string | RegExp)[] = [
    'lfh.healthos.delivered',
    'lfh.healthos.deadletter',
    /^lfh\.healthos\.validated\./,
  ];
  return ['ingress_subject', 'error_subject'].flatMap((key) => {
    const subject = get(messaging, key);
    if (typeof subject !== 'string') return [];
    const isTaken = taken.some((each) => (typeof each === 'string' ? each === subject : each.test(subject)));
    if (key === 'ingress_subject') taken.push(subject);
    if (!isTaken) return [];
    return [{ path: ['app', 'messaging', key], message: 'The bus uses this subject for something else.' }];
  });
}

function uniqueIds(connectors: readonly unknown[], source: Source): Finding[] {
  const ids = connectors.map((connector) => get(connector, 'id'));
  return repeated(ids).map(([index, first]) => {
    const path = ['connectors', index, 'id'];
    const line = positionIn(source, ['connectors', first, 'id']).line;
    return {
      path,
      message: `Another connector has this id: the one in line ${line}.`,
      suggestion: 'Give each its own.',
    };
  });
}

function uniqueRoutes(connectors: readonly unknown[], source: Source): Finding[] {
  const routes = connectors.map(routeOf);
  return repeated(routes).map(([index, first]) => {
    const line = positionIn(source, ['connectors', first, 'config', 'url']).line;
    return {
      path: ['connectors', index, 'config', 'url'],
      message: `The connector in line ${line} answers at this address already.`,
      suggestion: 'Choose another path.',
    };
  });
}

/** `POST /ingress`, where the connector answers on the HTTP server. */
function routeOf(connector: unknown): string | undefined {
  const config = get(connector, 'config');
  const url = get(config, 'url') ?? (get(config, 'type') === 'FhirEndpoint' ? '/fhir' : undefined);
  if (get(connector, 'type') !== 'inbound' || typeof url !== 'string' || !url.startsWith('/'))
    return undefined;
  const method = get(config, 'http_method');
  const path = `${url.replace(/(.)\/+$/, '$1')}${get(config, 'type') === 'StowEndpoint' ? '/studies' : ''}`;
  return `${typeof method === 'string' ? method.toUpperCase() : 'POST'} ${path}`;
}

function checkBackoff(connector: unknown, index: number): Finding[] {
  const backoff = get(connector, 'backoff');
  const [initial, max] = [get(backoff, 'initial_ms'), get(backoff, 'max_ms')];
  if (typeof initial !== 'number' || typeof max !== 'number' || initial <= max) return [];
  const path = ['connectors', index, 'backoff', 'initial_ms'];
  return [{ path, message: 'The first wait is longer than the longest (max_ms).' }];
}

/** Rule ids that no engine has. They are asked for only where the file names a rule. */
export async function unknownRules(value: unknown, ruleIds: Known['ruleIds']): Promise<Finding[]> {
  const named = [...validations(value)].flatMap(([path, validation]) =>
    keysOf(get(validation, 'rules')).map((id) => ({ path: [...path, 'rules', id], id })),
  );
  if (named.length === 0) return [];
  const known = await ruleIds();
  return named
    .filter(({ id }) => !known.has(id))
    .map(({ path, id }) => unknownRule(path, nearest(id, known)));
}

function unknownRule(path: Path, near: string | undefined): Finding {
  const suggestion = near === undefined ? undefined : `Did you mean ${near}?`;
  return { path, message: 'There is no rule of this name.', suggestion, atKey: true };
}

/** The places at which a value comes again, each with that of the first. */
function repeated(values: readonly unknown[]): [index: number, first: number][] {
  return values.flatMap((value, index): [number, number][] => {
    const first = values.indexOf(value);
    return typeof value === 'string' && first < index ? [[index, first]] : [];
  });
}
