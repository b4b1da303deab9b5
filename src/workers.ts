/** Worker threads: found beside the module that starts them, in source (.ts) and compiled (.js) alike. */

/** The URL of a sibling module of the worker's name, with the extension under which the caller itself runs. */
export function workerUrl(caller: string, name: string): URL {
  return new URL(`${name}${caller.endsWith('.ts') ? '.ts' : '.js'}`, caller);
}
