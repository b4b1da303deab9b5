/** The definition in force while the gateway runs: a connector that starts again reads its part of the file again. */
import type { ConnectorDefinition, LoadedConnector, LoadedDefinition } from './definition.ts';
import { formatPath, isWithin } from './path.ts';

/** The definition as it was loaded, with the parts that were read again since, by the connectors' ids. */
export function inForce(
  loaded: LoadedDefinition,
  reread: ReadonlyMap<string, LoadedConnector>,
): LoadedDefinition {
  const origins = new Map(loaded.origins);
  const connectors = loaded.definition.connectors.map((connector, index) =>
    replaced(connector, reread.get(connector.id), formatPath(['connectors', index]), origins),
  );
  return { ...loaded, definition: { ...loaded.definition, connectors }, origins };
}

/** Values and origins change together: by the origins secrets are known. */
function replaced(
  connector: ConnectorDefinition,
  reread: LoadedConnector | undefined,
  at: string,
  origins: Map<string, string>,
): ConnectorDefinition {
  if (reread === undefined) return connector;
  for (const path of origins.keys()) if (isWithin(path, at)) origins.delete(path);
  for (const [path, origin] of reread.origins) {
    origins.set(path.startsWith('[') ? at + path : `${at}.${path}`, origin);
  }
  return reread.definition;
}
