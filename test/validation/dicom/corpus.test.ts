/** Compares with dciodvfy, where the corpus lies beside the checkout. */
import test from 'ava';
import { examine } from './examine.ts';
import { agreement, all, corpus, readReference, references, unconditional } from './reference.ts';

const isThere = references().length > 0;

for (const findings of [unconditional, all]) {
  test(`missing attributes of ${findings.title} are those that dciodvfy finds`, (t) => {
    if (!isThere) {
      skip(t);
      return;
    }
    const { precision, recall, findings: count } = agreement(findings);
    t.log(`precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}, of ${count} findings`);
    t.true(precision >= 0.98);
    t.true(recall >= 0.98);
  });
}

test('every file of the corpus gets a verdict', (t) => {
  if (!isThere) {
    skip(t);
    return;
  }
  for (const reference of references()) {
    t.is(examine(readReference(reference)).format, 'dicom', reference.file);
  }
});

function skip(t: { log(message: string): void; pass(): void }): void {
  t.log(`skipped: there is no ${corpus}`);
  t.pass();
}
