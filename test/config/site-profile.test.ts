import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { ConfigError, loadDefinition } from '../../src/config/load.ts';

const definition = `validation: { profile: site/north.yaml }
connectors: [{ type: inbound, id: rest, config: { type: RestEndpoint, url: /ingress } }]
`;

/** The mistakes of a definition with a profile beside it, as `file:line:column path: message (suggestion)`. */
async function mistakesOf(profile: string | undefined, text = definition): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'healthos-profile-'));
  try {
    await mkdir(join(folder, 'site'));
    if (profile !== undefined) await writeFile(join(folder, 'site', 'north.yaml'), profile);
    const file = join(folder, 'gateway.yaml');
    await writeFile(file, text);
    await loadDefinition(file, { env: {}, terminal: false });
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.message.replaceAll(`${folder}/`, '').split('\n');
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('the examples in config are without a mistake, and their profile is loaded', async (t) => {
  const { definition } = await loadDefinition('config/hospital.yaml', { env: {}, terminal: false });
  t.deepEqual(Object.keys(definition.profiles ?? {}), ['profiles/linden-hospital.yaml']);
  const profile = definition.profiles?.['profiles/linden-hospital.yaml'];
  t.is(profile?.name, 'Linden Hospital');
  t.deepEqual(profile?.segments['PID']?.fields['18'], { name: 'account number', required: true, length: 12 });
});

test('every mistake in a profile is reported with its file, line and column', async (t) => {
  const profile = `name: North
tabels: {}
tables:
  ward: [A, A]
segments:
  PIX: { fields: { 1: { required: true } } }
  PID:
    fields:
      3: { required: yes-please, lenght: 4 }
      99: { required: true }
      5: { type: ST }
  ZNO:
    fields:
      1: { type: SIX, repeat: 0 }
      2: { table: wrad }
`;
  t.deepEqual(await mistakesOf(profile), [
    'site/north.yaml:2:1 tabels: There is no such setting here. (Did you mean tables?)',
    'site/north.yaml:4:13 tables.ward[1]: This is in the list twice.',
    'site/north.yaml:6:3 segments.PIX: No version of HL7 v2 has a segment of this name. (Did you mean PID?)',
    'site/north.yaml:9:22 segments.PID.fields.3.required: This must be true or false.',
    'site/north.yaml:9:34 segments.PID.fields.3.lenght: There is no such setting here. (Did you mean length?)',
    'site/north.yaml:10:7 segments.PID.fields.99: PID has no more than 40 fields in any version.',
    'site/north.yaml:11:12 segments.PID.fields.5.type: Only the fields of a local segment (Z…) have a type here. (Leave it out: the standard says it.)',
    'site/north.yaml:14:18 segments.ZNO.fields.1.type: HL7 v2 has no data type of this name. (Did you mean SI?)',
    'site/north.yaml:14:31 segments.ZNO.fields.1.repeat: This must be at least 1.',
    'site/north.yaml:15:19 segments.ZNO.fields.2.table: There is no table of this name: neither under tables, nor with values in HL7 v2. (Did you mean ward?)',
  ]);
});

test('a profile that cannot be read is a mistake where it is named, also for a sender', async (t) => {
  const text = `validation:
  senders:
    LAB: { profile: site/north.yaml }
connectors: []
`;
  t.deepEqual(await mistakesOf(undefined, text), [
    'gateway.yaml:3:21 validation.senders.LAB.profile: The profile cannot be read (ENOENT).',
  ]);
});

test('a profile that is no mapping, or no YAML, is one mistake', async (t) => {
  t.deepEqual(await mistakesOf('- a\n'), [
    'site/north.yaml:1:1 This must be a mapping: lines of the form key: value.',
  ]);
  t.is((await mistakesOf('name: [')).length, 1);
});

test('an unknown rule of a sender is found where it stands', async (t) => {
  const text = `validation:
  senders:
    LAB: { rules: { hl7v2/lenght: off } }
connectors: []
`;
  t.deepEqual(await mistakesOf(undefined, text), [
    'gateway.yaml:3:21 validation.senders.LAB.rules["hl7v2/lenght"]: There is no rule of this name. (Did you mean hl7v2/length?)',
  ]);
});
