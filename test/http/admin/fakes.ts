/** A gateway made of fakes behind the real server and the real admin API: what the admin tests talk to. */
import { createHash } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { CommandRefused } from '../../../src/actors/commands.ts';
import type { ConnectorStatus, StateChange, StateFeed, Supervisor } from '../../../src/actors/status.ts';
import type { BusStatus, MessageBus, StoredMessage } from '../../../src/bus/message-bus.ts';
import {
  type LoadedConnector,
  type LoadedDefinition,
  type Role,
  roles,
} from '../../../src/config/definition.ts';
import { HealthosError } from '../../../src/errors.ts';
import { createAdminRouter, type AdminDeps } from '../../../src/http/admin/index.ts';
import { createHttpServer } from '../../../src/http/server.ts';
import { createLogger } from '../../../src/logging.ts';
import { type Body, header } from '../../../src/messages/envelope.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { openAudit, type AuditLog } from '../../../src/store/audit.ts';
import type {
  Journal,
  Journey,
  JourneyItem,
  JourneyQuery,
  MessageEvent,
} from '../../../src/store/journal.ts';

export const at = '2026-01-01T00:00:00.000Z';

/** Stored, with a short body; its sender is the token `sender`. */
export const small = '01900000-0000-7000-8000-000000000001';
/** Its body lies in the object store. */
export const large = '01900000-0000-7000-8000-000000000002';
/** In the journal, but no longer on the bus. */
export const gone = '01900000-0000-7000-8000-000000000003';
export const unknown = '01900000-0000-7000-8000-0000000000ff';
export const child = '01900000-0000-7000-8000-0000000000c1';

/** What the fake bus holds of `small`: the word must never be seen but where bodies are asked for. */
export const smallBody = 'MSH|^~\\&|CANARY';

export function status(id: string, more: Partial<ConnectorStatus> = {}): ConnectorStatus {
  return {
    id,
    name: `The ${id}`,
    direction: 'inbound',
    kind: 'RestEndpoint',
    state: 'running',
    substate: 'consuming',
    desired: 'on',
    since: at,
    reason: null,
    attempt: 0,
    next_retry_at: null,
    last_message_at: null,
    lag: null,
    counts: { received: 3, stored: 2, duplicate: 1, refused: 0, failed: 0, bytes: 1500 },
    config_hash: 'c0ffee',
    transitions: [
      { at, from: 'connecting', to: 'running.consuming', event: 'connector.connected', reason: null },
    ],
    ...more,
  };
}

export class FakeSupervisor implements Supervisor {
  readonly commands: string[] = [];
  readonly kept: StateChange[] = [];
  readonly listeners = new Set<(change: StateChange) => void>();
  readonly readAgain = new Map<string, LoadedConnector>();
  statuses: ConnectorStatus[] = [status('rest-connector')];
  ready: { ready: boolean; reasons: readonly string[] } = { ready: true, reasons: [] };

  readonly feed: StateFeed = {
    subscribe: (listener) => {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    },
    since: (id) => this.kept.filter((change) => change.id > id),
  };

  tell(change: StateChange): void {
    this.kept.push(change);
    for (const listener of this.listeners) listener(change);
  }

  connectors(): readonly ConnectorStatus[] {
    return this.statuses;
  }

  reread(): ReadonlyMap<string, LoadedConnector> {
    return this.readAgain;
  }

  connector(id: string): ConnectorStatus | undefined {
    return this.statuses.find((each) => each.id === id);
  }

  command(id: string, command: string, options: { readonly wait: boolean }): Promise<ConnectorStatus> {
    this.commands.push(`${command} ${id} ${options.wait ? 'waiting' : 'at once'}`);
    if (command === 'resume') {
      return Promise.reject(new CommandRefused('running.consuming', ['stop', 'restart', 'pause']));
    }
    if (command === 'stop') {
      this.statuses = [status(id, { state: 'stopped', substate: 'byOperator', desired: 'off' })];
    }
    if (command === 'start') this.statuses = [status(id)];
    return Promise.resolve(this.connector(id) ?? status(id));
  }

  actors() {
    const node = {
      machine: 'connector',
      state: 'running.consuming',
      tags: ['accepting'],
      since: at,
      children: [],
    };
    return {
      id: 'healthos',
      machine: 'healthos',
      state: 'running',
      tags: [],
      since: at,
      children: [{ id: 'rest-connector', ...node }],
    };
  }

  state() {
    return { state: 'running', since: at };
  }

  readiness() {
    return this.ready;
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

export function journey(id: string, more: Partial<Journey> = {}): Journey {
  return {
    data_id: id,
    connector: 'rest-connector',
    format: 'hl7v2',
    version: '2.5.1',
    type: 'ADT^A01',
    state: 'invalid',
    received_at: at,
    bytes: smallBody.length,
    content_type: 'application/hl7-v2',
    steps: [
      { step: 'received', at, connector: 'rest-connector' },
      { step: 'stored', at },
      { step: 'invalid', at, issues: 1 },
    ],
    issues: [
      {
        rule: 'hl7v2/required-field',
        severity: 'error',
        location: 'PID-3[1]',
        message: 'PID-3 (Patient Identifier List) is required and is empty.',
        spec: 'HL7 v2.5.1, 3.4.2.3',
      },
    ],
    issues_total: 1,
    parent_id: null,
    replays: [],
    ...more,
  };
}

function itemOf(one: Journey): JourneyItem {
  const { data_id, connector, format, version, type, state, received_at, bytes, issues_total } = one;
  return { data_id, connector, format, version, type, state, received_at, bytes, issues_total };
}

export class FakeJournal implements Journal {
  readonly listeners = new Set<(event: MessageEvent) => void>();
  readonly queries: JourneyQuery[] = [];
  journeys = new Map([small, large, gone].map((id) => [id, journey(id)]));
  failing: HealthosError | undefined;

  tell(event: MessageEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  async search(query: JourneyQuery) {
    await this.#able();
    this.queries.push(query);
    const items = [...this.journeys.values()].map(itemOf);
    return { items: items.slice(0, query.limit), next: null };
  }

  async journey(dataId: string) {
    await this.#able();
    return this.journeys.get(dataId);
  }

  async locate(dataId: string) {
    await this.#able();
    const seq = [small, large, gone].indexOf(dataId) + 1;
    return seq === 0 ? undefined : { seq, principal: dataId === small ? 'the-sender' : null };
  }

  async counts() {
    await this.#able();
    return { total: 3, byState: { received: 0, valid: 1, invalid: 2, delivered: 0, deadletter: 0 } };
  }

  async totals() {
    await this.#able();
    return {
      messages: [{ connector: 'rest"\\\n', format: 'hl7v2', outcome: 'valid', count: 7 }],
      issues: [{ format: 'hl7v2', rule: 'hl7v2/required-field', count: 2 }],
      validationSeconds: { le: [0.01, 0.1], counts: [5, 6], sum: 0.5, count: 7 },
    };
  }

  verdict() {
    return Promise.resolve(undefined);
  }

  subscribe(listener: (event: MessageEvent) => void) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async status() {
    await this.#able();
    return { state: 'following', position: 3 } as const;
  }

  close() {
    return Promise.resolve();
  }

  #able(): Promise<void> {
    return this.failing === undefined ? Promise.resolve() : Promise.reject(this.failing);
  }
}

function stored(seq: number, headers: Record<string, string>, body: string): StoredMessage {
  const bytes = Buffer.from(body);
  return { seq, subject: 'lfh.healthos.ingress', headers, body: bytes, size: bytes.length, storedAt: 0 };
}

function busStatus(): BusStatus {
  const consumer = { inFlight: 0, ackFloor: 0, oldest: Date.parse(at) };
  return {
    kind: 'embedded',
    url: 'embedded:./data',
    state: 'ready',
    since: Date.parse(at),
    reason: null,
    messages: 3,
    bytes: 100,
    firstSeq: 1,
    lastSeq: 3,
    consumers: [
      { ...consumer, name: 'validator', filter: ['lfh.healthos.ingress'], pending: 4 },
      {
        ...consumer,
        name: 'journal',
        filter: ['lfh.healthos.ingress', 'lfh.healthos.delivered'],
        pending: 90,
      },
      { ...consumer, name: 'outbound', filter: ['lfh.healthos.validated.fhir'], pending: 2 },
    ],
  };
}

/** A claim check's body comes in three chunks. */
export const largeChunks = ['one ', 'two ', 'three'];

export class FakeBus implements MessageBus {
  readonly put: Buffer[] = [];
  readonly objects = {
    put: async (source: AsyncIterable<Uint8Array>) => {
      const bytes = Buffer.concat(await Readable.from(source).toArray());
      this.put.push(bytes);
      return { ref: 'a-ref', size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    },
    get: () => Promise.resolve(Readable.from(largeChunks.map((chunk) => Buffer.from(chunk)))),
  };

  get(seq: number) {
    const headers = { [header.contentType]: 'application/hl7-v2' };
    if (seq === 1) return Promise.resolve(stored(1, headers, smallBody));
    if (seq === 2)
      return Promise.resolve(stored(2, { [header.bodyRef]: 'a-ref', [header.contentType]: 'text/html' }, ''));
    return Promise.resolve(undefined);
  }

  status() {
    return Promise.resolve(busStatus());
  }

  publish(): never {
    throw new Error('not in these tests');
  }

  consume(): never {
    throw new Error('not in these tests');
  }

  forget(): never {
    throw new Error('not in these tests');
  }

  share(): never {
    throw new Error('not in these tests');
  }

  onState() {
    return () => undefined;
  }

  close() {
    return Promise.resolve();
  }
}

/** One token for each role: `viewer-token`, named `the-viewer`, and so on. */
const tokens = roles.map((role) => ({
  name: `the-${role}`,
  role,
  sha256: createHash('sha256').update(`${role}-token`).digest('hex'),
}));

export function definition(): LoadedDefinition {
  return {
    file: 'config/quickstart.yaml',
    definition: {
      app: {
        host: '127.0.0.1',
        port: 8080,
        insecure_bind: false,
        messaging: {
          url: 'nats://user:SECRET-URL@broker:4222',
          stream_name: 'healthos',
          ingress_subject: 'lfh.healthos.ingress',
          error_subject: 'lfh.healthos.ingress.errors',
          replicas: 1,
          sync_always: false,
          publish_timeout_s: 5,
          duplicate_window_s: 3600,
          retention: { max_age_s: 604_800, max_bytes: 20_000_000_000 },
        },
        auth: { tokens },
        audit: { max_bytes: 1e6, files: 2 },
        tls: { cert: 'cert.pem', key: '-----BEGIN PRIVATE KEY-----SECRET-PEM' },
      },
      validation: { preset: 'standard', rules: {} },
      connectors: [
        {
          type: 'inbound',
          id: 'rest-connector',
          name: 'REST',
          enabled: true,
          config: { type: 'RestEndpoint', url: '/ingress', http_method: 'post' },
          restart: { intensity: 5, period_s: 30 },
          backoff: { initial_ms: 250, max_ms: 5000, max_attempts: 0 },
        },
        {
          type: 'inbound',
          id: 'kafka',
          name: 'Kafka',
          enabled: true,
          config: {
            type: 'KafkaConsumer',
            sasl_plain_password: 'SECRET-PASSWORD',
            user: 'SECRET-FILE',
            port: 1,
          },
          restart: { intensity: 5, period_s: 30 },
          backoff: { initial_ms: 250, max_ms: 5000, max_attempts: 0 },
        },
      ],
      logging: { level: 'info', format: 'json' },
    },
    warnings: [],
    flaws: [],
    origins: new Map([
      ['app.port', 'option --port'],
      ['app.host', 'default'],
      ['connectors[1].config.user', 'file /run/secrets/user'],
    ]),
  };
}

export interface Gateway {
  readonly url: string;
  readonly supervisor: FakeSupervisor;
  readonly journal: FakeJournal;
  readonly bus: FakeBus;
  readonly audit: AuditLog;
  readonly replayed: { readonly parentId: string; readonly body: Body | undefined }[];
  readonly routes: ReturnType<typeof createAdminRouter>['routes'];
  readonly router: ReturnType<typeof createAdminRouter>['router'];
  /** The log so far. */
  log(): string;
  /** Asks with the token of a role; no role: without a token. */
  ask(role: Role | undefined, path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

export interface GatewayOptions {
  /** False: no tokens, as in the quickstart. */
  readonly auth?: boolean;
  readonly port?: number;
  readonly audit?: AuditLog;
}

/** Starts it on a port of its own. */
export async function startGateway({
  auth = true,
  port = 0,
  audit: given,
}: GatewayOptions = {}): Promise<Gateway> {
  const [supervisor, journal, bus] = [new FakeSupervisor(), new FakeJournal(), new FakeBus()];
  const audit =
    given ??
    (await openAudit(join(await mkdtemp(join(tmpdir(), 'healthos-admin-')), 'audit.jsonl'), {
      max_bytes: 1e6,
      files: 2,
    }));
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', format: 'json' }, lineWriter(lines));
  const replayed: { parentId: string; body: Body | undefined }[] = [];
  const machines = [
    {
      name: 'connector',
      description: 'A connector.',
      states: ['idle', 'running', 'running.consuming'],
      definition: { id: 'connector', initial: 'idle', states: { idle: {} } },
      mermaid: 'stateDiagram-v2\n  [*] --> idle\n',
      svg: '<svg xmlns="http://www.w3.org/2000/svg"><g id="running.consuming"/></svg>',
    },
  ];
  const replay: AdminDeps['replay'] = (parentId, body) => {
    replayed.push({ parentId, body });
    if (parentId === gone) return Promise.reject(new HealthosError('message/body-gone', 'The body is gone.'));
    return Promise.resolve({
      dataId: child,
      format: 'hl7v2',
      contentType: 'application/hl7-v2',
      duplicate: false,
    });
  };
  const metrics = createMetrics();
  const deps = { supervisor, journal, bus, audit, log, machines, metrics, replay, version: '0.1.0' };
  const admin = createAdminRouter({ ...deps, definition: definition(), eventTimes: { lingerMs: 1 } });
  const server = createHttpServer({ host: '127.0.0.1', port, log, ...(auth ? { auth: { tokens } } : {}) });
  server.use(admin.middleware);
  const { url } = await server.listen();
  return {
    url,
    supervisor,
    journal,
    bus,
    audit,
    replayed,
    routes: admin.routes,
    router: admin.router,
    log: () => lines.join(''),
    ask: (role, path, init = {}) => {
      const authorization = role === undefined ? {} : { Authorization: `Bearer ${role}-token` };
      return fetch(url + path, { ...init, headers: { ...authorization, ...headersOf(init) } });
    },
    close: async () => {
      admin.close();
      await server.close();
      if (given === undefined) await audit.close();
    },
  };
}

function headersOf(init: RequestInit): Record<string, string> {
  return Object.fromEntries(new Headers(init.headers));
}

function lineWriter(lines: string[]): Writable {
  return new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
}
