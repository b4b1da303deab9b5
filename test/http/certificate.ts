/** Certificates for tests, made on the spot, so that no private key lies in the repository (RFC 5280, DER by hand). */
import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto';

export interface TestCertificate {
  /** PEM, both. */
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority extends TestCertificate {
  readonly commonName: string;
}

/** A self-signed certificate for 127.0.0.1 and localhost, valid for some decades; it is its own authority. */
export function selfSigned(commonName: string): TestCertificate {
  return certificate(commonName, SUBJECT_ALT_NAMES);
}

/** A self-signed certificate that may issue others. */
export function testAuthority(commonName: string): TestAuthority {
  return { ...certificate(commonName, AUTHORITY), commonName };
}

/** A certificate for 127.0.0.1 and localhost, or for a client, that the authority has signed. */
export function issuedBy(authority: TestAuthority, commonName: string): TestCertificate {
  return certificate(commonName, SUBJECT_ALT_NAMES, authority);
}

function certificate(commonName: string, extension: Buffer, issuer?: TestAuthority): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = nameOf(commonName);
  const body = sequence(
    der(0xa0, integer(2)),
    der(0x02, serialNumber()),
    ECDSA_SHA256,
    issuer ? nameOf(issuer.commonName) : subject,
    VALIDITY,
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  );
  const signature = createSign('sha256')
    .update(body)
    .sign(issuer ? issuer.key : privateKey);
  const whole = sequence(body, ECDSA_SHA256, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

/** Positive, and no other certificate of the same authority has it. */
function serialNumber(): Buffer {
  return Buffer.concat([Buffer.of(1), randomBytes(8)]);
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(COMMON_NAME, der(0x0c, Buffer.from(commonName)))));
}

function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const size = body.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.of(tag, ...length), body]);
}

function sequence(...content: readonly Buffer[]): Buffer {
  return der(0x30, ...content);
}

function set(...content: readonly Buffer[]): Buffer {
  return der(0x31, ...content);
}

function integer(value: number): Buffer {
  return der(0x02, Buffer.of(value));
}

const COMMON_NAME = Buffer.from('0603550403', 'hex');
const ECDSA_SHA256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');
const VALIDITY = sequence(der(0x17, Buffer.from('200101000000Z')), der(0x18, Buffer.from('20700101000000Z')));
const SUBJECT_ALT_NAMES = sequence(
  SUBJECT_ALT_NAME,
  der(0x04, sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.of(127, 0, 0, 1)))),
);
/** Basic constraints, critical: cA TRUE (RFC 5280, 4.2.1.9). */
const AUTHORITY = sequence(
  Buffer.from('0603551d13', 'hex'),
  der(0x01, Buffer.of(0xff)),
  der(0x04, sequence(der(0x01, Buffer.of(0xff)))),
);
