/**
 * A client that keeps its own book: what it sent, under which key, and what was acknowledged. It knows nothing of the
 * gateway but its answers.
 */
import { Agent, request } from 'node:http';
import type { GatewayProcess } from '../running-gateway.ts';

export interface Answered {
  readonly status: number;
  readonly dataId: string | undefined;
}

/** Sends one message. Rejects where no whole answer came. */
export async function post(
  agent: Agent,
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const { status, text } = await answerTo(agent, url, body, headers);
  const { data_id: dataId } = JSON.parse(text) as { data_id?: string };
  return { status, dataId };
}

function answerTo(
  agent: Agent,
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/ingress`, { method: 'POST', agent, headers: { ...type, ...headers } });
    sent.on('error', reject);
    sent.on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    });
    sent.end(body);
  });
}

const type = { 'Content-Type': 'application/hl7-v2' };

/** Synthetic: the control id is all that tells one from another. */
export function message(controlId: string): string {
  return (
    `MSH|^~\\&|LAB|NORTH|EHR|SOUTH|20260301120000||ADT^A01^ADT_A01|${controlId}|P|2.5.1\r` +
    'EVN||20260301120000\rPID|1||4711^^^NORTH^MR||DOE^JANE\rPV1|1|I\r'
  );
}

export class Ledger {
  /** By key, the data id under which it was acknowledged. */
  readonly acknowledged = new Map<string, string>();
  /** Sent without a whole answer: nobody knows whether they were stored. */
  readonly open = new Set<string>();
  /** How often the gateway answered with which status. */
  readonly statuses = new Map<number, number>();
  /** What its keys begin with: on one bus two gateways take equal keys of equal connectors for one message. */
  readonly #prefix: string;
  #sent = 0;

  constructor(prefix = 'K') {
    this.#prefix = prefix;
  }

  /**
   * Sends over many connections until `enough` says so or the gateway is gone: first what is open from before, under the
   * same keys, then new messages.
   */
  async load(url: string, connections: number, enough: () => boolean): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const again = [...this.open];
    await Promise.all(Array.from({ length: connections }, () => this.#sendUntil(agent, url, again, enough)));
    agent.destroy();
  }

  async #sendUntil(agent: Agent, url: string, again: string[], enough: () => boolean): Promise<void> {
    while (!enough() || again.length > 0) {
      const key = again.pop() ?? `${this.#prefix}${this.#sent++}`;
      if (!(await this.send(agent, url, key))) return;
    }
  }

  /** False where the connection broke. */
  async send(agent: Agent, url: string, key: string): Promise<boolean> {
    this.open.add(key);
    const answer = await post(agent, url, message(key), { 'Idempotency-Key': key }).catch(() => undefined);
    if (answer === undefined) return false;
    this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1);
    // Refused in words: it was not stored, and need not be sent again.
    this.open.delete(key);
    if (answer.status === 202 && answer.dataId !== undefined) this.acknowledged.set(key, answer.dataId);
    return true;
  }
}

interface Item {
  readonly data_id: string;
  readonly state: string;
}

/** The journeys, of one connector or of all, newest first. */
export async function journeysOf(gateway: GatewayProcess, connector?: string): Promise<Item[]> {
  const items: Item[] = [];
  const of = connector === undefined ? '' : `&connector=${connector}`;
  let cursor = '';
  for (;;) {
    const page = await gateway.get<{ items: Item[]; next: string | null }>(
      `/admin/messages?limit=1000${of}${cursor}`,
    );
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
}

/** The bodies of all journeys, of one connector or of all. */
export async function journalledBodies(gateway: GatewayProcess, connector?: string): Promise<string[]> {
  const left = (await journeysOf(gateway, connector)).map(({ data_id: dataId }) => dataId);
  const found: string[] = [];
  const read = async (): Promise<void> => {
    for (let dataId = left.pop(); dataId !== undefined; dataId = left.pop()) {
      const answer = await fetch(`${gateway.url}/admin/messages/${dataId}/body`);
      found.push(await answer.text());
    }
  };
  await Promise.all(Array.from({ length: 16 }, read));
  return found;
}

interface Steps {
  readonly steps: readonly { readonly step: string; readonly unexpected?: true }[];
}

/**
 * The data ids, out of those acknowledged, whose journey is not exactly: received, stored, a verdict. Empty where nothing
 * was lost and nothing came twice.
 */
export async function brokenJourneys(gateway: GatewayProcess, dataIds: Iterable<string>): Promise<string[]> {
  const left = [...dataIds];
  const broken: string[] = [];
  const check = async () => {
    for (let dataId = left.pop(); dataId !== undefined; dataId = left.pop()) {
      const { steps = [] } = await gateway.get<Partial<Steps>>(`/admin/messages/${dataId}`);
      const names = steps.map(({ step, unexpected }) => (unexpected ? 'unexpected' : step)).join(' ');
      if (!/^received stored (?:valid|invalid)$/.test(names)) broken.push(dataId);
    }
  };
  await Promise.all(Array.from({ length: 32 }, check));
  return broken;
}
