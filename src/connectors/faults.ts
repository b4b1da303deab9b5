/**
 * What clients of other systems throw, read by its cause chain: the code of the operating system, of OpenSSL or of the
 * name service is often two causes deep. Each kind of connector has a table of its own for what only its client says.
 */

/** Deeper chains, and rings of causes, are cut here. */
const MAX_CAUSES = 16;

/** What a network says, whatever is spoken over it. */
export type NetworkFault = 'unknown-host' | 'certificate' | 'protocol' | 'unreachable';

/** Of a host that the name service does not know, or that it cannot be asked about now. */
const hostCodes: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME']);

/** Of connections that are refused, break off or are not answered. */
const connectionCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ERR_SOCKET_CLOSED',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/**
 * Of certificates: OpenSSL's verdicts on a chain (its `X509_V_ERR_…`, as Node.js names them in `tls`), names that do not
 * match, files that hold no certificate, and the alerts of a server that does not accept ours.
 */
const certificateCodes =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.+|CERT_.+|CRL_.+|ERROR_IN_CERT_.+|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERR_TLS_CERT_.+|ERR_OSSL_(?:PEM|X509|EVP|ASN1|PKCS12)_.+|ERR_SSL_.*(?:CERTIFICATE|UNKNOWN_CA|BAD_CERT|CA_MD_TOO_WEAK|EE_KEY_TOO_SMALL).*)$/;

/** Of an end that does not speak TLS, or none of our versions or ciphers. */
const tlsCodes = /^(?:EPROTO|ERR_SSL_.+|ERR_TLS_.+|ERR_OSSL_.+)$/;

/**
 * What was thrown, and what it was caused by, outermost first; the errors of an AggregateError follow it. Only errors,
 * at most sixteen.
 */
export function causeChain(thrown: unknown): readonly Error[] {
  const chain: Error[] = [];
  const open: unknown[] = [thrown];
  while (open.length > 0 && chain.length < MAX_CAUSES) {
    const next = open.shift();
    if (!(next instanceof Error) || chain.includes(next)) continue;
    chain.push(next);
    if (next instanceof AggregateError) open.push(...(next.errors as unknown[]));
    open.push(next.cause);
  }
  return chain;
}

/** The `code` of an error where it is text, such as `ECONNREFUSED`. */
export function codeOf(error: Error): string | undefined {
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Every text code of a chain of causes, outermost first. */
export function codesOf(thrown: unknown): readonly string[] {
  return causeChain(thrown)
    .map(codeOf)
    .filter((code) => code !== undefined);
}

/** What the network says in a chain of causes, and by which code; undefined where it says nothing. */
export function networkFault(
  thrown: unknown,
): { readonly fault: NetworkFault; readonly code: string } | undefined {
  for (const code of codesOf(thrown)) {
    const fault = networkFaultOfCode(code);
    if (fault !== undefined) return { fault, code };
  }
  return undefined;
}

/** Certificates first: their codes are among those of TLS. */
export function networkFaultOfCode(code: string): NetworkFault | undefined {
  if (hostCodes.has(code)) return 'unknown-host';
  if (connectionCodes.has(code)) return 'unreachable';
  if (certificateCodes.test(code)) return 'certificate';
  return tlsCodes.test(code) ? 'protocol' : undefined;
}
