/** What is written back on one connection: first answers in the order of their messages, and second ones too. */

/** The bytes of an acknowledgement; that there is none; or that the connection ends instead of one. */
export type Answer = Buffer | 'none' | 'close';

/** What a message is answered. Neither promise rejects. */
export interface Replies {
  readonly first: Promise<Answer>;
  /** In the enhanced mode: on the content, after the one on storage. */
  readonly second?: Promise<Answer> | undefined;
}

/** An answer that is owed. */
interface Owed {
  answer: Answer | undefined;
  /** False while the first answer to the same message is not out. */
  free: boolean;
  readonly second: Owed | undefined;
}

export interface AnswersOptions {
  readonly write: (acknowledgement: Buffer) => void;
  /** The connection is to end instead of an answer: none of those that follow is given. */
  readonly end: () => void;
  /** Something that was owed is no more. */
  readonly settled: () => void;
}

export class Answers {
  readonly #options: AnswersOptions;
  readonly #firsts: Owed[] = [];
  readonly #seconds: Owed[] = [];

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  /** How many answers are owed. */
  get owed(): number {
    return this.#firsts.length + this.#seconds.length;
  }

  /** To be called in the order of the messages. */
  expect({ first, second }: Replies): void {
    const late = second && this.#owe(this.#seconds, second, { free: false, second: undefined });
    this.#owe(this.#firsts, first, { free: true, second: late });
  }

  #owe(lane: Owed[], reply: Promise<Answer>, about: Pick<Owed, 'free' | 'second'>): Owed {
    const owed: Owed = { answer: undefined, ...about };
    lane.push(owed);
    void reply.then((answer) => {
      owed.answer = answer;
      this.#give(this.#firsts);
      this.#give(this.#seconds);
      this.#options.settled();
    });
    return owed;
  }

  #give(lane: Owed[]): void {
    for (let [next] = lane; next?.free && next.answer !== undefined; [next] = lane) {
      lane.shift();
      if (next.second) next.second.free = true;
      if (next.answer === 'close') this.#end();
      else if (next.answer !== 'none') this.#options.write(next.answer);
    }
  }

  #end(): void {
    this.#firsts.length = 0;
    this.#seconds.length = 0;
    this.#options.end();
  }
}
