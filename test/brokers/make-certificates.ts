/** `node make-certificates.ts FOLDER`: certificates for brokers in containers, which read them as another user. */
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brokerCertificates } from './certificates.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Name the folder for the certificates.');

const { server } = await brokerCertificates(folder);
// Kafka wants both in one file.
const keystore = await Promise.all([server.keyPath, server.certPath].map((path) => readFile(path, 'utf8')));
await writeFile(join(folder, 'server-keystore.pem'), keystore.join(''));
const files = (await readdir(folder)).filter((name) => name.endsWith('.pem'));
await Promise.all(files.map((name) => chmod(join(folder, name), 0o644)));
