/** Generated tables: JSON beside the engine, read once. Each carries its provenance under `source`. */
import { readFileSync } from 'node:fs';

/**
 * Reads a table. Its engine gives it its type by one cast: the file is made by the generator in the same folder and is
 * not edited by hand, so its shape is not checked again at each start.
 */
export function loadTable(url: URL): unknown {
  return JSON.parse(readFileSync(url, 'utf8'));
}
