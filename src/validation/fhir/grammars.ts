/** The value sets of FHIR that are grammars: media types (BCP 13) and language tags (BCP 47). */

const mediaType = /^[A-Za-z0-9][\w!#$&^.+-]*\/[A-Za-z0-9][\w!#$&^.+-]*(\s*;.*)?$/;
/** What `CapabilityStatement.format` may name beside media types (R4, http.html#mime-type). */
const shortForms = new Set(['xml', 'json', 'ttl']);

export function isMediaType(code: string): boolean {
  return mediaType.test(code) || shortForms.has(code);
}

const tags = new Map<string, boolean>();
const MOST_TAGS = 1000;

/** Well-formed by RFC 5646: the registry of its subtags grows, so it is not asked. */
export function isLanguageTag(code: string): boolean {
  let known = tags.get(code);
  if (known === undefined) {
    known = code.length <= 80 && isWellFormed(code);
    if (tags.size < MOST_TAGS) tags.set(code, known);
  }
  return known;
}

function isWellFormed(code: string): boolean {
  try {
    return Intl.getCanonicalLocales(code).length === 1;
  } catch {
    return false;
  }
}
