/** What keeps a part of a definition from its work, and not the gateway: told by `check`, and of which a start warns. */
import test from 'ava';
import { ConfigError, formatMistake, loadDefinition, type Overrides } from '../../src/config/load.ts';
import { withFile } from './loading.ts';

/** As `line:column path: message (suggestion)`, with the connectors that there are. */
function flawsOf(text: string, overrides: Partial<Overrides> = {}): Promise<string[]> {
  return withFile(text, async (file) => {
    const { flaws } = await loadDefinition(file, { env: {}, ...overrides });
    return flaws.map((flaw) => formatMistake(flaw).replace(/^.*gateway\.yaml:/, ''));
  });
}

const connector = (id: string, config: string, more = '') =>
  `  - { type: inbound, id: ${id}, ${more}config: ${config} }\n`;

test('two connectors on one port are told, each with the line of the first, also where the port is the usual one', async (t) => {
  const text = [
    'connectors:\n',
    connector('a', '{ type: MllpServer, port: 11112 }'),
    connector('b', '{ type: DicomServer }'),
    connector('c', '{ type: DicomServer, port: 104 }'),
    connector('d', '{ type: MllpServer, host: 0.0.0.0, port: 104 }'),
  ].join('');
  t.deepEqual(await flawsOf(text), [
    '3:29 connectors[1].config.port: The connector in line 2 listens on this port already. (Choose another port.)',
    '5:78 connectors[3].config.port: The connector in line 4 listens on this port already. (Choose another port.)',
  ]);
});

test("a connector on the port of the gateway's own server is told, by the one that is in force", async (t) => {
  const text = `app: { port: 9000 }\nconnectors:\n${connector('a', '{ type: MllpServer, port: 9000 }')}`;
  t.deepEqual(await flawsOf(text), [
    '3:63 connectors[0].config.port: The gateway itself listens on this port already. (Choose another port.)',
  ]);
  t.deepEqual(await flawsOf(text, { port: 9001 }), []);
});

test('other addresses, idle connectors and ports from the system collide with nothing', async (t) => {
  const text = [
    'connectors:\n',
    connector('a', '{ type: MllpServer, host: 127.0.0.1, port: 104 }'),
    connector('b', '{ type: MllpServer, host: 127.0.0.2, port: 104 }'),
    connector('c', '{ type: DicomServer, port: 104 }', 'enabled: false, '),
    connector('d', '{ type: DicomServer, port: 0 }'),
    connector('e', '{ type: MllpServer, port: 0 }'),
  ].join('');
  t.deepEqual(await flawsOf(text), []);
});

test('a folder of profiles that is not there is told, for all and for one connector', async (t) => {
  const text = [
    'validation: { fhir: { folder: ./not-there } }\nconnectors:\n',
    connector('a', '{ type: FhirEndpoint }', 'validation: { fhir: { folder: package.json } }, '),
    connector('b', '{ type: RestEndpoint, url: /b }', 'validation: { fhir: { folder: src } }, '),
  ].join('');
  t.deepEqual(await flawsOf(text), [
    '1:31 validation.fhir.folder: The folder cannot be read (ENOENT).',
    '3:59 connectors[0].validation.fhir.folder: The folder cannot be read (it is no folder).',
  ]);
});

test('beside mistakes that keep the gateway from its start they are told too, in the order of the file', async (t) => {
  const text = [
    'validation: { fhir: { folder: ./not-there } }\nconnectors:\n',
    connector('a', '{ type: StowEndpoint }'),
    connector('b', '{ type: RestEndpoint, url: /dicomweb/studies }'),
  ].join('');
  const error = await t.throwsAsync(flawsOf(text), { instanceOf: ConfigError });
  t.deepEqual(
    error.mistakes.map(({ line, message }) => `${line} ${message}`),
    ['1 The folder cannot be read (ENOENT).', '4 The connector in line 3 answers at this address already.'],
  );
});
