/** A bus in a temporary folder that goes with the test. */
import type { ExecutionContext } from 'ava';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataFolder } from '../../src/bus/data-folder.ts';
import { openEmbeddedBus } from '../../src/bus/embedded-bus.ts';
import type { EmbeddedBusOptions } from '../../src/bus/embedded-bus.ts';
import type { MessageBus } from '../../src/bus/message-bus.ts';
import type { BusHarness } from './bus-contract.ts';

export async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'healthos-bus-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** As the gateway opens it, but for what the test sets. */
export async function temporaryBus(
  t: ExecutionContext,
  options: Partial<EmbeddedBusOptions> = {},
): Promise<BusHarness & { readonly path: string }> {
  const path = await temporaryFolder(t);
  let bus = await openAt(path, options);
  t.teardown(() => bus.close());
  const reopen = async (): Promise<MessageBus> => {
    await bus.close();
    bus = await openAt(path, options);
    return bus;
  };
  return { bus, path, reopen };
}

export async function openAt(path: string, options: Partial<EmbeddedBusOptions> = {}): Promise<MessageBus> {
  const folder = await openDataFolder(path);
  const bus = await openEmbeddedBus({
    folder,
    publishTimeoutMs: 5000,
    duplicateWindowMs: 3_600_000,
    retention: { maxAgeMs: 3_600_000, maxBytes: 1e9 },
    ...options,
  });
  const close = async (): Promise<void> => {
    await bus.close();
    folder.close();
  };
  return { ...bus, close };
}
