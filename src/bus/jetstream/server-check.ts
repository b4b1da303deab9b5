/** What an operator should know of the server that holds the bus: what a loss of power could take, and what it refuses. */
import type { NatsConnection } from 'nats';

export interface ServerCheck {
  /** The operator says that every server syncs each message (`app.messaging.sync_always`). */
  readonly syncAlways: boolean;
}

/** The first version whose streams survive a loss of power without gaps, as far as was measured. */
const OLDEST = [2, 11] as const;
/** The default of a server. A body up to the size of a claim check goes into one message, with its headers. */
const LEAST_PAYLOAD = 1024 * 1024;
const ASK_MS = 2_000;

/** Sentences for the operator, with what to set; none where all is well. */
export async function checkServer(
  connection: NatsConnection,
  check: ServerCheck,
): Promise<readonly string[]> {
  const version = connection.info?.version ?? 'unknown';
  const age = isOlder(version)
    ? [
        `The NATS server is of version ${version}: run ${OLDEST.join('.')} or newer, or a loss of power may take what was stored.`,
      ]
    : [];
  return [...age, ...payloadNotice(connection), ...(await syncNotice(connection, check))];
}

function payloadNotice({ info }: NatsConnection): string[] {
  const most = info?.max_payload ?? LEAST_PAYLOAD;
  if (most >= LEAST_PAYLOAD) return [];
  return [
    `The NATS server takes no more than ${most} bytes in one message, and what has more is refused: set max_payload: 1MB in its configuration.`,
  ];
}

export function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

async function syncNotice(connection: NatsConnection, { syncAlways }: ServerCheck): Promise<string[]> {
  const lazy = await lazyServers(connection);
  const set = 'set sync_interval: always in the jetstream block of its configuration';
  if (lazy === undefined) {
    if (syncAlways) return [];
    return [
      `Whether the NATS server writes each message through to the disk cannot be seen from here: ${set}, then app.messaging.sync_always: true to say so.`,
    ];
  }
  if (lazy.length === 0) return [];
  return [
    `The NATS server ${lazy.join(', ')} writes to the disk now and then only, and a loss of power takes what was stored since: ${set}.`,
  ];
}

/**
 * The names of the servers that sync lazily, where they may be asked: only the system account may. Undefined where they
 * do not answer. The request is published apart from its reply, since one that is not permitted must end nothing.
 */
async function lazyServers(connection: NatsConnection): Promise<readonly string[] | undefined> {
  try {
    const replies = await connection.requestMany('$SYS.REQ.SERVER.PING.JSZ', '{"config":true}', {
      maxWait: ASK_MS,
      maxMessages: 1,
    });
    for await (const reply of replies) return lazyOf(reply.json());
    return undefined;
  } catch {
    return undefined;
  }
}

/** Of the server's `JSInfo`: `sync_always`, or the interval in nanoseconds. */
function lazyOf(reply: unknown): readonly string[] | undefined {
  const data = fieldOf(reply, 'data');
  const config = fieldOf(data, 'config');
  if (typeof config !== 'object' || config === null) return undefined;
  if (fieldOf(config, 'sync_always') === true) return [];
  const name = fieldOf(fieldOf(reply, 'server'), 'name');
  return [typeof name === 'string' ? name : 'itself'];
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
