/** How much of a large object has to be read: its attributes stand before the pixels, and those are not looked at. */
import type { DataSet } from './data-set.ts';
import { openFile } from './file.ts';
import { readDataSet } from './reader.ts';

/** What is read at first of an object that is larger. */
export const HEAD_BYTES = 1024 * 1024;
/** No more than so much is read of any. */
export const MOST_HEAD_BYTES = 64 * 1024 * 1024;

const pixels: readonly number[] = [0x7fe00008, 0x7fe00009, 0x7fe00010];

/**
 * How many bytes to have from the beginning of an object of `size` bytes, of which `bytes` are there already: no more than
 * those where they are enough. Doubles, so that who asks again after reading reads in linear time.
 */
export function bytesWanted(bytes: Uint8Array, size: number): number {
  const most = Math.min(size, MOST_HEAD_BYTES);
  const first = Math.min(size, HEAD_BYTES);
  if (bytes.length < first) return first;
  if (bytes.length >= most || isEnough(bytes, size)) return bytes.length;
  return Math.min(most, bytes.length * 2);
}

function isEnough(bytes: Uint8Array, size: number): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const opened = openFile({ bytes: buffer, size }, nothing, nothing);
  if (opened === null) return true;
  const root = readDataSet({ ...opened.body, find: nothing, visit: nothing });
  return reachesPixels(root) || endsInBulk(root);
}

/** Whether the reading of the object got to its end, or to the pixels. */
export function reachesPixels(root: DataSet): boolean {
  return root.isComplete || pixels.some((tag) => root.elements.has(tag));
}

/** Whether it ended in a value so large (a document, say) that reading on would not lead past it. */
function endsInBulk(root: DataSet): boolean {
  const last = root.elements.get(root.lastTag);
  return last?.items === null && last.fragments === null && last.offset + last.length > MOST_HEAD_BYTES;
}

function nothing(): void {
  // What is found will be found again when the object is examined.
}
