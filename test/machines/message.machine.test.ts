import test from 'ava';
import { lifeAfter, type MessageLife, type MessageStep, messageSteps } from '../../machines/index.ts';

const allowed: Readonly<Record<MessageLife, Partial<Record<MessageStep, MessageLife>>>> = {
  received: { stored: 'stored', refused: 'refused' },
  refused: { stored: 'stored' },
  stored: { valid: 'valid', invalid: 'invalid', replayed: 'stored' },
  valid: { delivered: 'delivered', deadletter: 'deadletter', replayed: 'valid' },
  invalid: { replayed: 'invalid' },
  delivered: { delivered: 'delivered', deadletter: 'deadletter', replayed: 'delivered' },
  deadletter: { delivered: 'deadletter', deadletter: 'deadletter', replayed: 'deadletter' },
};

for (const [life, steps] of Object.entries(allowed) as [MessageLife, (typeof allowed)[MessageLife]][]) {
  test(`a message that is ${life} allows ${Object.keys(steps).join(', ')}, and nothing else`, (t) => {
    for (const step of messageSteps) t.is(lifeAfter(life, step), steps[step], step);
  });
}
