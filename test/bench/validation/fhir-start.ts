/** A process that does nothing but load the FHIR engine and use it: how long that takes, and how much memory. */
const begun = performance.now();
const { fhirEngine } = await import('../../../src/validation/fhir/index.ts');
const { judge } = await import('../../../src/validation/judge.ts');

const examine = (bytes: Uint8Array): unknown => judge(fhirEngine, { bytes, size: bytes.length }, new Map());
examine(Buffer.from('{"resourceType":"Patient","name":[{"family":"Probe"}]}'));
const ms = performance.now() - begun;

const { fhirSettings } = await import('../../../src/validation/fhir/settings.ts');
const before = performance.now();
fhirSettings({ packages: ['us-core-5.0.1'] });
const usCoreMs = performance.now() - before;

const { listSamples, readSample } = await import('../../../src/samples/index.ts');
const samples = listSamples().filter(({ format }) => format === 'fhir');
for (let times = 0; times < 50; times += 1) for (const sample of samples) examine(readSample(sample));
const mb = process.memoryUsage().rss / 2 ** 20;

process.stdout.write(JSON.stringify({ ms, usCoreMs, mb }));
