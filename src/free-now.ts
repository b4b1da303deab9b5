/**
 * Gives memory back at once instead of leaving it to the collector. V8 takes memory outside its heap as a reason to look
 * through all of the heap, and with half a megabyte a message spends more time on that than all else takes together.
 */

/** Smaller buffers may lie in memory that Node shares out. */
const SHARED_BELOW_BYTES = 16 * 1024;

/** Nobody may use the bytes any more. Does nothing where others may lie in the same memory. */
export function freeNow({ buffer, byteLength }: Uint8Array): void {
  const isAlone = byteLength === buffer.byteLength && byteLength >= SHARED_BELOW_BYTES;
  if (isAlone && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
