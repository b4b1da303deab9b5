import test from 'ava';
import { createOnDemandValidator } from '../../src/validation/on-demand.ts';

const definition = { validation: { preset: 'standard', rules: {} }, connectors: [] } as const;

test('questions are answered one after another, and several at once', async (t) => {
  const validator = createOnDemandValidator(definition);
  t.teardown(() => validator.close());
  const rules: string[][] = [];
  for (const text of ['one', 'two', 'three']) rules.push(await rulesOf(text));
  rules.push(...(await Promise.all(['four', 'five'].map(rulesOf))));
  t.deepEqual(rules, Array<string[]>(5).fill(['message/unknown-format']));

  async function rulesOf(text: string): Promise<string[]> {
    const { issues } = await validator.validate({ bytes: Buffer.from(text) });
    return issues.map(({ rule }) => rule);
  }
});

test('a question after the thread was ended is answered by a new one', async (t) => {
  const validator = createOnDemandValidator(definition);
  t.teardown(() => validator.close());
  t.false((await validator.validate({ bytes: Buffer.from('one') })).valid);
  await validator.close();
  t.is((await validator.validate({ bytes: Buffer.from('two') })).issues[0]?.rule, 'message/unknown-format');
});
