/** What commands write: aligned text and colour on a terminal, plain text into a pipe, JSON for machines. */
import { styleText } from 'node:util';

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';

export interface Output {
  /** Standard output is a terminal. */
  readonly terminal: boolean;
  /** Columns of the terminal; 0 where there is none. */
  readonly width: number;
  line(text?: string): void;
  /** One document in one line. */
  json(document: unknown): void;
  /** Rows of cells under their heads, aligned. */
  table(heads: readonly string[], rows: readonly (readonly Cell[])[]): void;
  /** Bytes as they are; resolves when they are written. */
  bytes(bytes: Uint8Array): Promise<void>;
  /** Standard error. */
  error(text: string): void;
  /** A line on standard error that the next one replaces; nothing where that is no terminal. '' clears it. */
  progress(text: string): void;
  colour(colour: Colour, text: string): string;
  /** Empties the terminal. */
  clear(): void;
}

export type Cell = string | { readonly text: string; readonly colour: Colour };

/** `closed` is called when whoever reads the output has read enough. */
export function createOutput(out: NodeJS.WriteStream, err: NodeJS.WriteStream, closed: () => void): Output {
  endQuietly(out, closed);
  endQuietly(err, closed);
  const terminal = out.isTTY;
  const colour = (name: Colour, text: string) => (terminal ? styleText(name, text, { stream: out }) : text);
  const wipe = () => err.isTTY && err.write('\r\x1b[K');
  return {
    terminal,
    get width() {
      return terminal ? out.columns : 0;
    },
    line: (text = '') => void out.write(`${text}\n`),
    json: (document) => void out.write(`${JSON.stringify(document)}\n`),
    table: (heads, rows) => void out.write(formatTable(heads, rows, colour)),
    bytes: (bytes) => new Promise((resolve) => out.write(bytes, () => resolve())),
    error: (text) => {
      wipe();
      err.write(`${text}\n`);
    },
    progress: (text) => {
      if (wipe()) err.write(text);
    },
    colour,
    clear: () => void out.write('\x1b[H\x1b[2J'),
  };
}

/** `healthos messages | head` is no error of ours. */
function endQuietly(stream: NodeJS.WriteStream, closed: () => void): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closed();
  });
}

/** Nothing that came from elsewhere may move the cursor, change the colours or turn the direction of the text. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Cf}/gu, '\ufffd');
}

type Paint = (colour: Colour, text: string) => string;

export function formatTable(
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
): string {
  const plain = rows.map((row) => row.map((cell) => printable(typeof cell === 'string' ? cell : cell.text)));
  const widths = heads.map((head, column) =>
    plain.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), head.length),
  );
  const pad = (text: string, column: number) =>
    column === heads.length - 1 ? text : text.padEnd(widths[column] ?? 0);
  const body = rows.map((row, r) =>
    row
      .map((cell, column) => {
        const text = pad(plain[r]?.[column] ?? '', column);
        return typeof cell === 'string' ? text : paint(cell.colour, text);
      })
      .join('  ')
      .trimEnd(),
  );
  const head = paint('bold', heads.map(pad).join('  ').trimEnd());
  return [head, ...body, ''].join('\n');
}
