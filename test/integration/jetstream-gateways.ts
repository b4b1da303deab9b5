/** Gateways that share the JetStream of one server or cluster, each with a data folder of its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { eventually, spawnGateway, temporaryFolder } from '../running-gateway.ts';
import type { GatewayProcess } from '../running-gateway.ts';

/** `more` goes into `app.messaging`. */
export function definitionFor(t: ExecutionContext, url: string, more = ''): string {
  const file = join(temporaryFolder(t), 'gateway.yaml');
  writeFileSync(
    file,
    `app: { messaging: { url: "${url}", sync_always: true, retention: { max_bytes: 500MB }${more} } }
connectors:
  - { type: inbound, id: rest, config: { type: RestEndpoint, url: /ingress } }
`,
  );
  return file;
}

/** Starts so many gateways that are ready. */
export async function startFleet(
  t: ExecutionContext,
  url: string,
  count: number,
  more = '',
): Promise<readonly GatewayProcess[]> {
  const file = definitionFor(t, url, more);
  const gateways = Array.from({ length: count }, () =>
    spawnGateway(t, { data: join(temporaryFolder(t), 'data'), file }),
  );
  await Promise.all(gateways.map((gateway) => gateway.ready()));
  return gateways;
}

interface Overview {
  readonly bus: { readonly depth: number; readonly messages: number };
  readonly journal: { readonly state: string } | null;
  readonly counts: { readonly total: number; readonly received: number } | null;
}

/** Resolves when the journal of this gateway knows so many messages, each with its verdict. */
export function settledWith(gateway: GatewayProcess, atLeast: number): Promise<Overview> {
  return eventually('every message to have its verdict in the journal', async () => {
    const overview = await gateway.get<Overview>('/admin');
    const { bus, counts } = overview;
    const isDone = bus.depth === 0 && counts?.received === 0 && counts.total >= atLeast;
    return isDone ? overview : undefined;
  });
}
