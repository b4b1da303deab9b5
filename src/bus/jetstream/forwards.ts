/** What a consumer has forwarded and the server has not answered yet. Verdicts are published with care. */
import type { Headers } from '../../messages/envelope.ts';
import type { JetStreamDelivery } from './delivery.ts';
import { Forwarder, type ForwardingHost } from './forwarder.ts';
import { isVerdict, publishVerdict } from './verdicts.ts';

/** What forwarding needs of the bus. */
export interface ForwardsHost extends ForwardingHost {
  readonly toServer: (subject: string) => string;
  /** The headers of the message at a position; undefined where it is no longer kept. */
  readonly headersAt: (seq: number) => Promise<Headers | undefined>;
}

export class Forwards {
  readonly #host: ForwardsHost;
  readonly #forwarder: Forwarder;
  readonly #underWay = new Set<Promise<void>>();

  constructor(host: ForwardsHost, headersOnly: boolean) {
    this.#host = host;
    this.#forwarder = new Forwarder(host, headersOnly);
  }

  /** `stored` or `failed` is called before `flush` resolves or rejects. */
  add(
    delivery: JetStreamDelivery,
    message: { readonly subject: string; readonly headers: Headers; readonly key: string },
    { stored, failed }: { readonly stored: () => void; readonly failed: () => void },
  ): void {
    const done = this.#publish(delivery, message.subject, message.headers, message.key).then(
      stored,
      (thrown: unknown) => {
        failed();
        throw thrown;
      },
    );
    this.#underWay.add(done);
    const ended = (): void => {
      this.#underWay.delete(done);
    };
    done.then(ended, ended);
  }

  /** Resolves when all is stored; rejects with the first failure. */
  async flush(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Resolves when each is stored or has failed. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#underWay]);
  }

  async #publish(delivery: JetStreamDelivery, subject: string, headers: Headers, key: string): Promise<void> {
    const { toServer, headersAt } = this.#host;
    const publish = (given: Headers, duplicateKey: string) =>
      this.#forwarder.forward(delivery, toServer(subject), given, duplicateKey);
    if (!isVerdict(delivery, headers)) await publish(headers, key);
    else await publishVerdict(delivery, headers, key, { publish, headersAt });
  }
}
