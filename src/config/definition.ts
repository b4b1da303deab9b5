/** The core service definition as it is in force: defaults applied, secrets resolved. Keys are as in the file. */
import type { LoggingOptions } from '../logging.ts';
import type { Level } from '../validation/issue.ts';
import type { Preset } from '../validation/engine.ts';
import type { FhirDefinition } from '../validation/fhir/settings.ts';
import type { SiteProfile } from '../validation/site-profile.ts';

export const roles = ['viewer', 'operator', 'admin', 'sender'] as const;
export type Role = (typeof roles)[number];

export interface TokenDefinition {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token, lower-case hexadecimal. */
  readonly sha256: string;
}

export interface TlsDefinition {
  readonly cert: string;
  readonly key: string;
  readonly client_ca?: string | undefined;
}

export interface MessagingDefinition {
  readonly url: string;
  readonly stream_name: string;
  readonly ingress_subject: string;
  readonly error_subject: string;
  readonly replicas: number;
  readonly sync_always: boolean;
  readonly publish_timeout_s: number;
  readonly duplicate_window_s: number;
  readonly retention: { readonly max_age_s: number; readonly max_bytes: number };
  /** For a NATS server only, like those that follow: the folder of what the gateway keeps by itself. */
  readonly data?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly creds?: string | undefined;
  readonly seal?: string | undefined;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
}

/** A bus in the gateway's own folder, not on a NATS server. */
export function isEmbedded(url: string): boolean {
  return url.startsWith(EMBEDDED);
}

const EMBEDDED = 'embedded:';

/** The folder of all that the gateway keeps by itself: with the embedded bus the messages too. */
export function dataFolderOf({ url, data }: Pick<MessagingDefinition, 'url' | 'data'>): string {
  return isEmbedded(url) ? url.slice(EMBEDDED.length) : (data ?? './data');
}

/** What may hold for some messages rather than for all. */
export interface SenderValidation {
  readonly preset?: Preset | undefined;
  readonly rules?: Readonly<Record<string, Level>> | undefined;
  /** A site profile of HL7 v2: its file, as the definition writes it. */
  readonly profile?: string | undefined;
}

export interface ValidationDefinition extends SenderValidation {
  readonly preset: Preset;
  readonly rules: Readonly<Record<string, Level>>;
  readonly fhir?: FhirDefinition | undefined;
  /** By sending application (MSH-3.1). */
  readonly senders?: Readonly<Record<string, SenderValidation>> | undefined;
}

/** `burst` messages at once, and `per_second` on average. */
export interface RateLimit {
  readonly per_second: number;
  readonly burst: number;
}

export interface ConnectorDefinition {
  readonly type: 'inbound' | 'outbound';
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  /** `type` names the kind; the rest is checked by the kind's own schema. */
  readonly config: { readonly type: string } & Readonly<Record<string, unknown>>;
  readonly restart: { readonly intensity: number; readonly period_s: number };
  readonly backoff: { readonly initial_ms: number; readonly max_ms: number; readonly max_attempts: number };
  readonly rate_limit?: RateLimit | undefined;
  readonly validation?: Partial<ValidationDefinition> | undefined;
}

/** How much is kept of the audit log. */
export interface AuditDefinition {
  /** A file that would grow beyond this is followed by another. */
  readonly max_bytes: number;
  /** So many are kept. */
  readonly files: number;
}

export interface ServiceDefinition {
  readonly app: {
    readonly host: string;
    readonly port: number;
    readonly insecure_bind: boolean;
    readonly messaging: MessagingDefinition;
    readonly auth?: { readonly tokens: readonly TokenDefinition[] } | undefined;
    readonly tls?: TlsDefinition | undefined;
    readonly audit: AuditDefinition;
  };
  readonly validation: ValidationDefinition;
  /** The content of the site profiles that are named, by the path under which they are. */
  readonly profiles?: Readonly<Record<string, SiteProfile>> | undefined;
  readonly connectors: readonly ConnectorDefinition[];
  readonly logging: LoggingOptions;
}

/** A mistake in a service definition, where it is, and what would be right. */
export interface Mistake {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `connectors[0].config.url` */
  readonly path: string;
  readonly message: string;
  readonly suggestion: string | null;
}

/** A connector's part of the file, as it was read again. */
export interface LoadedConnector {
  readonly definition: ConnectorDefinition;
  /** As those of a LoadedDefinition, by path within the connector: `config.url`. */
  readonly origins: ReadonlyMap<string, string>;
}

export interface LoadedDefinition {
  readonly file: string;
  readonly definition: ServiceDefinition;
  /** Accepted, but without effect: each in a sentence. */
  readonly warnings: readonly Mistake[];
  /** What keeps a connector, or a part of the validation, from its work: the gateway runs all the same. */
  readonly flaws: readonly Mistake[];
  /** Where each value in force came from: `file:line:column`, `default`, `option --port`, `env NAME`. By path. */
  readonly origins: ReadonlyMap<string, string>;
}
