/** A message with its metadata, and the headers in which the metadata travels on the bus. */

export const formats = ['hl7v2', 'fhir', 'x12', 'dicom'] as const;
export type Format = (typeof formats)[number];

/** The canonical media type of a detected format. */
export type ContentType =
  | 'application/hl7-v2'
  | 'application/fhir+json'
  | 'application/fhir+xml'
  | 'application/EDI-X12'
  | 'application/dicom';

/** The names of the headers, as the contract has them. */
export const header = {
  msgId: 'Nats-Msg-Id',
  dataId: 'Healthos-Data-Id',
  connector: 'Healthos-Connector',
  receivedAt: 'Healthos-Received-At',
  format: 'Healthos-Format',
  version: 'Healthos-Version',
  type: 'Healthos-Type',
  parentId: 'Healthos-Parent-Id',
  contentType: 'Content-Type',
  traceparent: 'traceparent',
  verdict: 'Healthos-Verdict',
  /** Of a verdict, where others may publish on the bus: the position of the message that it is about. */
  verdictOn: 'Healthos-Verdict-On',
  issues: 'Healthos-Issues',
  issuesTotal: 'Healthos-Issues-Total',
  bodyRef: 'Healthos-Body-Ref',
  bodySize: 'Healthos-Body-Size',
  bodySha256: 'Healthos-Body-Sha256',
  /** The name of the token with which it was sent: who may read its journey. */
  principal: 'Healthos-Principal',
  /** The version of FHIR that the sender named beside the content type. */
  fhirVersion: 'Healthos-Source-Fhir-Version',
  /** On a bus to which others may publish: that a gateway did. */
  seal: 'Healthos-Seal',
  /** For search only; never shown, since a hospital may put anything there. */
  controlId: 'Healthos-Control-Id',
  sender: 'Healthos-Sender',
} as const;

export type Headers = Readonly<Record<string, string>>;

/** A body of more than this many bytes goes by claim check. */
export const CLAIM_CHECK_BYTES = 256 * 1024;

/** How much of a body in the object store is kept at hand. */
export const CLAIM_CHECK_HEAD_BYTES = 4 * 1024;

/** A body that lies in the object store; `head` is its beginning, enough to tell its format. */
export interface ClaimCheck {
  readonly ref: string;
  readonly size: number;
  /** SHA-256 of the body, lower-case hexadecimal. */
  readonly sha256: string;
  readonly head: Uint8Array;
}

export type Body = Uint8Array | ClaimCheck;

export function isClaimCheck(body: Body): body is ClaimCheck {
  return !(body instanceof Uint8Array);
}

export function bodySize(body: Body): number {
  return isClaimCheck(body) ? body.size : body.byteLength;
}

/** What a connector hands in: the bytes, and what it knows of where they came from. */
export interface Arrival {
  readonly body: Body;
  /** The content type that the sender claimed: a hint, the bytes decide. */
  readonly contentType?: string | undefined;
  /** The identity that the source gives the message, unique within the connector: equal keys are one message. */
  readonly sourceKey?: string | undefined;
  readonly principal?: string | undefined;
  /** The message of which this is a replay. */
  readonly parentId?: string | undefined;
  readonly traceparent?: string | undefined;
  /** What more the source says of it, as headers of the bus: their names begin with `Healthos-Source-`. */
  readonly source?: Headers | undefined;
}

/** What the one door in answers, once the bus has stored the message. */
export interface Receipt {
  readonly dataId: string;
  readonly format: Format | null;
  readonly contentType: ContentType | null;
  /** True where the source's key had come before: `dataId` is then the first one's. */
  readonly duplicate: boolean;
}

/** Takes a message in. Resolves when it is durably stored, and only then. Rejects with a HealthosError. */
export type Deliver = (arrival: Arrival) => Promise<Receipt>;
