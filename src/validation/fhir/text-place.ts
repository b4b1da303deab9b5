/** The line and column of a position in a text. */
import type { Place } from '../engine.ts';

/** `firstLine` is the line of the file in which the text begins. */
export function placeAt(text: string, position: number, firstLine = 1): Place {
  let [line, start] = [firstLine, 0];
  for (let end = text.indexOf('\n'); end >= 0 && end < position; end = text.indexOf('\n', start)) {
    line += 1;
    start = end + 1;
  }
  return { line, column: position - start + 1 };
}
