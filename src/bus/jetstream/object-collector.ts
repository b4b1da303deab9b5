/**
 * Large bodies lie in an object store apart from the stream. One is collected when every message that may refer to it is
 * purged; that is told by time: a message is stored within the grace after its object was put or touched.
 */
import type { ObjectInfo, ObjectStore } from 'nats';

/** Far longer than it takes to publish a message whose body was just put. */
export const OBJECT_GRACE_MS = 3_600_000;

/**
 * To be called, and waited for, before a message is published that refers to an object which is there already: a verdict,
 * a replay, a dead letter. Answers false where the object is gone.
 */
export async function touchObject(
  objects: ObjectStore,
  name: string,
  now: number,
  graceMs = OBJECT_GRACE_MS,
): Promise<boolean> {
  const found = await objects.info(name);
  if (found === null || found.deleted) return false;
  // Within half of the grace nobody collects it for as long again.
  if (now - timeOf(found) > graceMs / 2)
    await objects.update(name, { name, metadata: { touched: String(now) } });
  return true;
}

/** Deletes what no message refers to that was stored at `firstAt` or later; answers the bytes that the others take. */
export async function collectObjects(
  objects: ObjectStore,
  firstAt: number,
  graceMs = OBJECT_GRACE_MS,
): Promise<number> {
  let bytes = 0;
  for (const object of await objects.list()) {
    if (object.deleted) continue;
    if (timeOf(object) + graceMs < firstAt) await objects.delete(object.name);
    else bytes += object.size;
  }
  return bytes;
}

/** When it was put or touched. */
function timeOf({ mtime }: ObjectInfo): number {
  return Date.parse(mtime);
}
