import anyTest, { type TestFn } from 'ava';
import { HealthosError } from '../../../src/errors.ts';
import { type Gateway, startGateway, status } from './fakes.ts';

const test = anyTest as TestFn<Gateway>;

test.beforeEach(async (t) => {
  t.context = await startGateway();
});

test.afterEach.always((t) => t.context.close());

async function metricsOf(gateway: Gateway): Promise<string> {
  return (await gateway.ask('viewer', '/metrics')).text();
}

test('the metrics are in the text format of Prometheus', async (t) => {
  const response = await t.context.ask('viewer', '/metrics');
  t.regex(response.headers.get('Content-Type') ?? '', /^text\/plain; version=0\.0\.4/);
  for (const line of (await response.text()).split('\n')) {
    t.regex(
      line,
      /^$|^# (HELP|TYPE) \w+ .+$|^\w+(\{(\w+="([^"\\\n]|\\.)*",?)*\})? (\d|Na[nN]|-|\+Inf)[\d.e+-]*$/,
    );
  }
});

test('messages, issues and the time to the verdict are those that the journal counted', async (t) => {
  const text = await metricsOf(t.context);
  for (const line of [
    'healthos_messages_total{connector="rest\\"\\\\\\n",format="hl7v2",outcome="valid"} 7',
    'healthos_issues_total{format="hl7v2",rule="hl7v2/required-field"} 2',
    'healthos_validation_seconds_bucket{le="0.01"} 5',
    'healthos_validation_seconds_bucket{le="0.1"} 6',
    'healthos_validation_seconds_bucket{le="+Inf"} 7',
    'healthos_validation_seconds_sum 0.5',
    'healthos_validation_seconds_count 7',
    '# TYPE healthos_ack_seconds histogram',
  ]) {
    t.true(text.split('\n').includes(line), line);
  }
});

test('each connector is 1 in the state that it is in, and its lag is told once it was measured', async (t) => {
  t.context.supervisor.statuses = [
    status('one'),
    status('two', { state: 'backoff', substate: null, lag: 12 }),
  ];
  const text = await metricsOf(t.context);
  t.true(text.includes('healthos_connector_state{connector="one",state="running"} 1\n'));
  t.true(text.includes('healthos_connector_state{connector="one",state="backoff"} 0\n'));
  t.true(text.includes('healthos_connector_state{connector="two",state="backoff"} 1\n'));
  t.true(text.includes('healthos_connector_lag{connector="two"} 12\n'));
  t.false(text.includes('healthos_connector_lag{connector="one"}'));
});

test('the depth of a subject is the backlog of who works on it alone', async (t) => {
  const text = await metricsOf(t.context);
  t.deepEqual(text.match(/^healthos_bus_depth.*$/gm), [
    'healthos_bus_depth{subject="lfh.healthos.ingress"} 4',
    'healthos_bus_depth{subject="lfh.healthos.validated.fhir"} 2',
  ]);
});

test('without its journal the gateway still has the other metrics', async (t) => {
  t.context.journal.failing = new HealthosError('journal/unavailable', 'The journal is being opened.');
  const text = await metricsOf(t.context);
  t.true(text.includes('healthos_bus_depth'));
  t.false(text.includes('healthos_messages_total'));
});
