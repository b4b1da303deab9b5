/** The codes that may stand in a place, in words. */

/** More than so many are looked up in the guide. */
const MOST = 12;

/** How a sentence goes on that found another code; empty where there are too many to read. */
export function expectedCodes(codes: ReadonlySet<string>): string {
  if (codes.size === 0 || codes.size > MOST) return '';
  const list = [...codes];
  const last = list.pop() ?? '';
  return `: ${list.length === 0 ? last : `${list.join(', ')} or ${last}`} is expected`;
}
