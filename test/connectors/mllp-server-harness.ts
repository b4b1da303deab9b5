/** The world around an MllpServer: a port, and a sender that connects anew for each message. */
import { freePorts } from '../brokers/ports.ts';
import type { Harness, KindHarness } from './connector-contract.ts';
import { Sender } from './mllp-server/client.ts';

export const mllpServerHarness: KindHarness = { open, refused: { port: 'hl7-port', when_refusing: 'argue' } };

async function open(): Promise<Harness> {
  const port = await freePorts(1);
  return {
    config: { port },
    async send(body) {
      const sender = await Sender.to(port).catch(() => undefined);
      if (sender === undefined) return 'refused';
      // Without a header that can be read the answer is AE, and it is stored all the same.
      sender.send(`${body}|B|C|D|20260301||ADT^A01|1|P|2.5\r`);
      const answer = await sender.next();
      sender.close();
      return answer?.includes('MSA|AA') === true ? 'acknowledged' : 'refused';
    },
    // The rest of the header was added above.
    sentIn: (arrived) => Buffer.from(arrived).toString().slice(0, 'MSH|^~\\&|A'.length),
    close: () => Promise.resolve(),
  };
}
