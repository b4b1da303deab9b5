/** What MLLP frames can hold. */

/** A receiver would take it for the end of the frame, or for the beginning of another. */
export function breaksFrames(bytes: Uint8Array): boolean {
  return bytes.includes(0x0b) || Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('\x1c\r');
}
