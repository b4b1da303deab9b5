/**
 * What became of messages that came by way of a broker: it answers before the gateway has read them, so each is known
 * again by its connector and its bytes.
 */
import { createHash } from 'node:crypto';
import type { Journey, MessageEvent } from '../../store/journal.ts';
import type { GatewayClient } from '../client.ts';
import { readEvents } from '../events.ts';

export interface Arrivals {
  /** Resolves with the journey of the next such message that has its verdict. To be called before it is sent. */
  expect(connector: string, bytes: Uint8Array): Promise<Journey>;
}

/** Resolves when no verdict from now on can be missed. Follows until the signal aborts. */
export async function followArrivals(client: GatewayClient, signal: AbortSignal): Promise<Arrivals> {
  const since = Date.now();
  const expected = new Map<string, ((journey: Journey) => void)[]>();
  const events = await client.fetch('/admin/events', { signal, headers: { Accept: 'text/event-stream' } });
  const follow = async () => {
    for await (const { event, data } of readEvents(events.body)) {
      if (event !== 'message') continue;
      // The gateway's own event: its shape is the contract between journal and events.
      const step = JSON.parse(data) as MessageEvent;
      // A journal that is being built anew tells of old messages too.
      if (isVerdict(step) && Date.parse(step.at) >= since) await settle(client, expected, step);
    }
  };
  follow().catch(() => undefined);
  return {
    expect: (connector, bytes) =>
      new Promise((resolve) => {
        const key = keyOf(connector, bytes);
        expected.set(key, [...(expected.get(key) ?? []), resolve]);
      }),
  };
}

function isVerdict({ step }: MessageEvent): boolean {
  return step === 'valid' || step === 'invalid';
}

async function settle(
  client: GatewayClient,
  expected: Map<string, ((journey: Journey) => void)[]>,
  { data_id, connector }: MessageEvent,
): Promise<void> {
  const path = `/admin/messages/${encodeURIComponent(data_id)}`;
  const body = await client.fetch(`${path}/body`);
  const key = keyOf(connector ?? '', new Uint8Array(await body.arrayBuffer()));
  const [resolve, ...others] = expected.get(key) ?? [];
  if (resolve === undefined) return;
  expected.set(key, others);
  resolve(await client.get<Journey>(path));
}

function keyOf(connector: string, bytes: Uint8Array): string {
  return `${connector} ${createHash('sha256').update(bytes).digest('hex')}`;
}
