/** A site's profile over the standard: its requirements, lengths and tables, and the fields of its local segments. */
import type { ProfileField, ProfileSegment, SiteProfile } from '../site-profile.ts';
import { type CodeList, list } from './code-lists.ts';
import { type Types, valueOf } from './data-types.ts';
import type { Field } from './dictionary.ts';
import { parseEntry } from './notation.ts';

/** The fields of a segment as the site has them. */
export function siteSegment(
  standard: readonly Field[],
  agreed: ProfileSegment | undefined,
  types: Types,
): readonly Field[] {
  if (agreed === undefined) return standard;
  const numbers = Object.keys(agreed.fields).map(Number);
  const length = Math.max(standard.length, ...numbers);
  return Array.from({ length }, (_, i) => siteField(standard[i], agreed.fields[String(i + 1)], types));
}

function siteField(standard: Field | undefined, agreed: ProfileField | undefined, types: Types): Field {
  const field = standard ?? localField(agreed, types);
  if (agreed === undefined) return field;
  const { required, length, table } = agreed;
  const codes = table === undefined ? undefined : (types.codesFor('ID', table) ?? field.value.codes);
  return {
    ...field,
    missing: required === true ? 'hl7v2/profile-required' : required === false ? undefined : field.missing,
    isChecked: field.isChecked || length !== undefined || codes !== undefined,
    value: {
      ...field.value,
      isChecked: field.value.isChecked || length !== undefined || codes !== undefined,
      ...(length === undefined ? {} : { length, lengthRule: 'hl7v2/profile-length' }),
      ...(codes === undefined ? {} : { codes: { ...codes, rule: 'hl7v2/profile-code' } }),
    },
  };
}

/** A field of a local segment: what the profile does not say is free. */
function localField(agreed: ProfileField | undefined, types: Types): Field {
  const value = valueOf(parseEntry(agreed?.type ?? 'varies'), types);
  const max = agreed === undefined ? Infinity : (agreed.repeat ?? 1);
  return { missing: undefined, withdrawn: false, max, value, isChecked: value.isChecked };
}

const tables = new WeakMap<SiteProfile, Map<string, CodeList>>();

/** A table of the site, or undefined where it has none of that name. */
export function siteTable(site: SiteProfile | undefined, table: string): CodeList | undefined {
  if (site === undefined) return undefined;
  let found = tables.get(site);
  if (found === undefined) {
    const lists = Object.entries(site.tables).map(([name, values]): [string, CodeList] => [
      name,
      list(name, values, 'hl7v2/profile-code', `in table ${name} of the site`),
    ]);
    tables.set(site, (found = new Map(lists)));
  }
  return found.get(table);
}
