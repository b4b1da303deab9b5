import test from 'ava';
import { editDistance, kin, nearest } from '../../src/config/nearest.ts';

test('the distance counts insertions, deletions, substitutions and swaps', (t) => {
  t.is(editDistance('port', 'port'), 0);
  t.is(editDistance('port', 'prot'), 1);
  t.is(editDistance('port', 'ports'), 1);
  t.is(editDistance('port', 'pot'), 1);
  t.is(editDistance('port', 'part'), 1);
  t.is(editDistance('', 'abc'), 3);
  t.is(editDistance('kitten', 'sitting'), 3);
});

test('the nearest name is suggested only where it is near', (t) => {
  const names = ['max_bytes', 'max_age', 'http_method'];
  t.is(nearest('maxBytes', names), 'max_bytes');
  t.is(nearest('http-methods', names), 'http_method');
  t.is(nearest('zzz', names), undefined);
  t.is(nearest('x'.repeat(1_000_000), names), undefined);
});

test('a name of the same words is the one that is meant, where there is only one', (t) => {
  const names = ['user', 'queue_group', 'topics', 'topic_pattern', 'sasl_plain_password', 'ssl_cafile'];
  t.is(kin('username', names), 'user');
  t.is(kin('queue', names), 'queue_group');
  t.is(kin('sasl_password', names), 'sasl_plain_password');
  t.is(kin('ssl_ca', names), 'ssl_cafile');
  t.is(kin('topic', names), undefined);
  t.is(kin('', names), undefined);
  t.is(kin('x'.repeat(1_000_000), names), undefined);
});
