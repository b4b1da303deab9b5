/** Reads the enumerated values and defined terms of an attribute from the text of its module's table. */

/** `E` enumerated (no others are allowed) or `D` defined; which value they are for (0: each); the terms. */
export type Terms = readonly [kind: 'E' | 'D', value: number, ...terms: string[]];

const list =
  /<strong>((?:Value (\d) )?(Enumerated Value|Defined Term)s?(?: for Value (\d))?):?<\/strong>[\s\S]*?<dl>([\s\S]*?)<\/dl>/gi;

/** None where a list holds only under a condition, or has other things than terms. */
export function readTerms(html: string, vr: string): readonly Terms[] {
  if (/<strong>(?:Enumerated|Defined)[^<]* (?:if|when) /i.test(html)) return [];
  const found = [...html.matchAll(list)].map(([, , before, kind = '', after, items = '']): Terms | null => {
    const terms = termsIn(items, vr);
    if (terms === null) return null;
    return [kind.startsWith('E') ? 'E' : 'D', Number(before ?? after ?? 0), ...terms];
  });
  const lists = found.filter((terms) => terms !== null);
  const isOnePerValue = new Set(lists.map(([, value]) => value)).size === lists.length;
  return lists.length === found.length && isOnePerValue ? lists : [];
}

function termsIn(items: string, vr: string): string[] | null {
  const terms = [...items.matchAll(/<dt>([\s\S]*?)<\/dt>/g)].map(([, term = '']) =>
    term
      .replace(/<[^>]*>/g, '')
      .replace(/\s+/g, ' ')
      .trim(),
  );
  if (vr === 'CS')
    return terms.length > 0 && terms.every((term) => /^[A-Z0-9_ ]+$/.test(term)) ? terms : null;
  const numbers = terms.map(numberIn);
  return vr === 'US' && numbers.length > 0 && numbers.every((number) => number !== null) ? numbers : null;
}

/** `0001H` is hexadecimal. */
function numberIn(term: string): string | null {
  const hexadecimal = /^([0-9A-F]{4})H?$/.exec(term)?.[1];
  if (hexadecimal !== undefined) return String(parseInt(hexadecimal, 16));
  return /^\d+$/.test(term) ? String(Number(term)) : null;
}
