/**
 * What a format's engine is: it reads bytes, and reports findings by rule. It knows no severities (presets do) and no
 * facts (its tables do). It never throws for anything that the bytes hold, and its time is linear in their number.
 */
import type { Format } from '../messages/envelope.ts';
import type { FhirSettings } from './fhir/settings.ts';
import type { Level } from './issue.ts';
import type { SiteProfile } from './site-profile.ts';

/** The three presets: how strictly a rule is taken. */
export const presets = ['lenient', 'standard', 'strict'] as const;
export type Preset = (typeof presets)[number];

/** A rule, as a row of its format's table (`rules.ts` in the engine's folder). */
export interface Rule {
  readonly id: string;
  /** One sentence: what it demands. */
  readonly title: string;
  /** Where the standard says so; a finding may name a narrower section. */
  readonly spec: string;
  readonly levels: Readonly<Record<Preset, Level>>;
}

/** Where something stands in a text; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Takes a finding. A rule that is off costs nothing more; findings beyond the limit are only counted. */
export type Report = (rule: string, location: string, message: string, spec?: string, place?: Place) => void;

/** What the engine could tell of the message. `version` and `type` hold only values known to the standard's tables. */
export interface Identity {
  readonly version: string | null;
  readonly type: string | null;
  /** The sender's own number for it (MSH-10, ISA13, Bundle.id, SOP Instance UID): searched, never shown. */
  readonly controlId: string | null;
  /** Who sent it (MSH-3/MSH-4, ISA06): searched, never shown. */
  readonly sender: string | null;
}

export interface Examined {
  readonly bytes: Uint8Array;
  /** The size of the whole body; larger than `bytes` where only its beginning was read (DICOM). */
  readonly size: number;
  /** The content type that the sender claimed, and the version of FHIR that it named. */
  readonly hint?: string | undefined;
  readonly fhirVersion?: string | undefined;
  /** Set where FHIR's `$validate` asks: the profiles to which the resource is held beside those that it claims. */
  readonly askedProfiles?: readonly string[] | undefined;
  /** What is configured for FHIR where the message came in. */
  readonly fhir?: FhirSettings | undefined;
}

/** What holds for one sender's messages rather than for all. */
export interface Agreements {
  /**
   * Called where a message names its sending application, before anything else of it is reported: what is reported from
   * then on is judged by that sender's levels. Answers with the profile in force, or undefined where there is none.
   */
  enter(application: string): SiteProfile | undefined;
}

export const noAgreements: Agreements = { enter: () => undefined };

export interface Engine {
  readonly format: Format;
  readonly rules: readonly Rule[];
  /** Engines of formats in which nothing is agreed by sender leave the agreements alone. */
  examine(body: Examined, report: Report, agreements?: Agreements): Identity;
}
