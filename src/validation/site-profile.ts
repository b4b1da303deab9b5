/**
 * What one site agreed on beyond the standard, as its YAML profile says (`src/config/site-profile.ts`): an overlay on the
 * tables of HL7 v2. Its own breaches have rules of their own (`hl7v2/profile-…`), so that an owner can weigh them apart.
 */

export interface SiteProfile {
  readonly name: string;
  /** Values by table: those of an HL7 number replace the standard's, others are the site's own. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** By segment name; of local segments (Z…) the fields are defined here. */
  readonly segments: Readonly<Record<string, ProfileSegment>>;
}

export interface ProfileSegment {
  /** By number. */
  readonly fields: Readonly<Record<string, ProfileField>>;
}

export interface ProfileField {
  readonly required?: boolean;
  /** Of one repetition, in characters. */
  readonly length?: number;
  readonly table?: string;
  /** Of a local segment's field: its data type; text where there is none. */
  readonly type?: string;
  /** Of a local segment's field: how often it may repeat. */
  readonly repeat?: number;
}
