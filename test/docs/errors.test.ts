import { readFileSync } from 'node:fs';
import test from 'ava';
import { errorCatalogue } from '../../src/errors.ts';

const page = readFileSync('docs/errors.md', 'utf8');
const rows = [...page.matchAll(/^\| `([a-z/-]+)` \| (\w+) \| (\d+) \| (.+) \|$/gm)].map(
  ([, code = '', kind = '', status = '', advice = '']) => ({ code, kind, status: Number(status), advice }),
);

test('every error has its row, with its kind and status, in the order of the catalogue', (t) => {
  t.deepEqual(
    rows.map(({ code, kind, status }) => ({ code, kind, status })),
    Object.entries(errorCatalogue).map(([code, { kind, status }]) => ({ code, kind, status })),
  );
});

test('every row says what to do, in a sentence', (t) => {
  for (const { code, advice } of rows) t.regex(advice, /^[A-Z`].{15,}\.$/, code);
});
