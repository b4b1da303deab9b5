/** A real gateway with an MllpServer, and senders that keep their own book of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { freePorts } from '../brokers/ports.ts';
import { message, Sender } from '../connectors/mllp-server/client.ts';
import { startGateway, temporaryFolder } from '../running-gateway.ts';
import type { GatewayProcess } from '../running-gateway.ts';

export interface MllpWorld {
  readonly port: number;
  readonly data: string;
  readonly file: string;
}

/** The folder, the port and the service definition of a gateway that is still to be started. */
export async function mllpWorld(
  t: ExecutionContext,
  config: Readonly<Record<string, unknown>> = {},
): Promise<MllpWorld> {
  const folder = temporaryFolder(t);
  const port = await freePorts(1);
  const file = join(folder, 'mllp.yaml');
  writeFileSync(file, definitionOf({ port, ...config }));
  return { port, file, data: join(folder, 'data') };
}

/** JSON is YAML. */
export function definitionOf(config: Readonly<Record<string, unknown>>): string {
  const connector = { type: 'inbound', id: 'mllp', name: 'MLLP', config: { type: 'MllpServer', ...config } };
  return JSON.stringify({ connectors: [connector] });
}

export function startMllp(t: ExecutionContext, { data, file }: MllpWorld): Promise<GatewayProcess> {
  return startGateway(t, { data, file });
}

interface Status {
  readonly state: string;
  readonly substate: string | null;
  readonly reason: { readonly code: string; readonly message: string } | null;
}

export function statusOf(gateway: GatewayProcess): Promise<Status> {
  return gateway.get<Status>('/admin/connectors/mllp');
}

export async function command(gateway: GatewayProcess, name: string): Promise<void> {
  const answer = await fetch(`${gateway.url}/admin/connectors/mllp/${name}`, { method: 'POST' });
  await answer.arrayBuffer();
}

/** What senders sent, and what they were told: they know nothing of the gateway but its answers. */
export class MllpLedger {
  /** By control id, MSH-10 of the answer, which ends as the data id does. */
  readonly acknowledged = new Map<string, string>();
  /** Sent without an answer: nobody knows whether they are stored. */
  readonly open = new Set<string>();
  readonly wrong: string[] = [];
  #sent = 0;

  /** Sends over many connections, several messages at once on each, until `enough` says so or the gateway is gone. */
  async load(port: number, connections: number, enough: () => boolean): Promise<void> {
    const again = [...this.open];
    await Promise.all(Array.from({ length: connections }, () => this.#sendUntil(port, again, enough)));
  }

  async #sendUntil(port: number, again: string[], enough: () => boolean): Promise<void> {
    const sender = await Sender.to(port).catch(() => undefined);
    while (sender !== undefined && (!enough() || again.length > 0)) {
      const ids = [1, 2, 3].map(() => again.pop() ?? `K${this.#sent++}`);
      for (const id of ids) this.open.add(id);
      sender.send(...ids.map((id) => message(id)));
      for (const id of ids) if (!(await this.#hear(sender, id))) return;
    }
    sender?.close();
  }

  async #hear(sender: Sender, id: string): Promise<boolean> {
    const answer = await sender.next();
    if (answer === undefined) return false;
    const own = answer.split('|')[9] ?? '';
    const earlier = this.acknowledged.get(id) ?? own;
    if (!answer.includes(`\rMSA|AA|${id}\r`) || earlier !== own) this.wrong.push(id);
    this.acknowledged.set(id, own);
    this.open.delete(id);
    return true;
  }
}
