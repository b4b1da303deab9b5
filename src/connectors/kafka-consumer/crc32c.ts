/** CRC-32C (Castagnoli), with which Kafka checks a record batch. Eight bytes a step, by eight tables. */

/** The polynomial of RFC 3720, B.4, bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const TABLE = 256;
const STEP = 8;

const tables = makeTables();

/** As an unsigned number. */
export function crc32c(bytes: Uint8Array): number {
  const t = tables;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length - (bytes.length % STEP);
  let crc = 0xffffffff;
  for (let at = 0; at < whole; at += STEP) {
    const low = view.getUint32(at, true) ^ crc;
    const high = view.getUint32(at + 4, true);
    crc =
      look(t, 7, low) ^
      look(t, 6, low >>> 8) ^
      look(t, 5, low >>> 16) ^
      look(t, 4, low >>> 24) ^
      look(t, 3, high) ^
      look(t, 2, high >>> 8) ^
      look(t, 1, high >>> 16) ^
      look(t, 0, high >>> 24);
  }
  for (let at = whole; at < bytes.length; at += 1) crc = (crc >>> 8) ^ look(t, 0, crc ^ view.getUint8(at));
  return (crc ^ 0xffffffff) >>> 0;
}

function look(from: Uint32Array, table: number, byte: number): number {
  return from[table * TABLE + (byte & 0xff)] ?? 0;
}

function makeTables(): Uint32Array {
  const made = new Uint32Array(STEP * TABLE);
  for (let byte = 0; byte < TABLE; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    made[byte] = crc;
  }
  for (let at = TABLE; at < made.length; at += 1) {
    const before = made[at - TABLE] ?? 0;
    made[at] = (before >>> 8) ^ (made[before & 0xff] ?? 0);
  }
  return made;
}
