/** An authority for tests, with a certificate for the brokers and one for a client: made on the spot, never committed. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { issuedBy, testAuthority } from '../http/certificate.ts';
import type { TestCertificate } from '../http/certificate.ts';

export interface CertificateFiles extends TestCertificate {
  readonly certPath: string;
  readonly keyPath: string;
}

export interface BrokerCertificates {
  /** Of the authority that issued the others. */
  readonly ca: { readonly pem: string; readonly path: string };
  /** For `localhost` and 127.0.0.1. */
  readonly server: CertificateFiles;
  readonly client: CertificateFiles;
}

/** Those that the folder holds, or else new ones, which it holds from now on. */
export async function brokerCertificates(folder: string): Promise<BrokerCertificates> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'ca.pem');
  if (!existsSync(path)) await issueAll(folder, path);
  return {
    ca: { pem: await readFile(path, 'utf8'), path },
    server: await read(folder, 'server'),
    client: await read(folder, 'client'),
  };
}

async function issueAll(folder: string, path: string): Promise<void> {
  const authority = testAuthority('HealthOS test authority');
  await write(folder, 'server', issuedBy(authority, 'localhost'));
  await write(folder, 'client', issuedBy(authority, 'healthos-test-client'));
  await writeFile(path, authority.cert);
}

async function write(folder: string, name: string, { cert, key }: TestCertificate): Promise<void> {
  const { certPath, keyPath } = paths(folder, name);
  await writeFile(certPath, cert);
  await writeFile(keyPath, key, { mode: 0o600 });
}

async function read(folder: string, name: string): Promise<CertificateFiles> {
  const { certPath, keyPath } = paths(folder, name);
  const [cert, key] = await Promise.all([readFile(certPath, 'utf8'), readFile(keyPath, 'utf8')]);
  return { cert, key, certPath, keyPath };
}

function paths(folder: string, name: string): { readonly certPath: string; readonly keyPath: string } {
  return { certPath: join(folder, `${name}.pem`), keyPath: join(folder, `${name}-key.pem`) };
}
