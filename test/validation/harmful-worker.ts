/** The validation thread with an HL7 v2 engine that does harm where a message tells it to. */
import { detectHarm } from './harm.ts';
import { hl7v2Engine } from '../../src/validation/hl7v2/index.ts';

const examine = hl7v2Engine.examine.bind(hl7v2Engine);
Object.assign(hl7v2Engine, {
  examine: (...[body, report]: Parameters<typeof examine>) => {
    detectHarm(body.bytes)?.();
    return examine(body, report);
  },
});
await import('../../src/validation/worker.ts');
