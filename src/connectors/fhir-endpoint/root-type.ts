/** Which resource a body holds, as far as that can be told by a look at its beginning or one pass over it. */
import type { Body } from '../../messages/envelope.ts';
import { isClaimCheck } from '../../messages/envelope.ts';

const atBeginning = /^\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]{1,64})"/;
const rootElement =
  /^\s*(?:<\?[^>]*\?>\s*|<!--[\s\S]{0,1000}?-->\s*)*<(?:[\w.-]{1,32}:)?([A-Za-z]{1,64})[\s/>]/;
const HEAD = 4096;

/** Undefined where it cannot be told so: validation will. */
export function rootTypeOf(body: Body): string | undefined {
  const bytes = isClaimCheck(body) ? body.head : body;
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, HEAD)).toString();
  return (atBeginning.exec(head) ?? rootElement.exec(head.replace(/^\ufeff/, '')))?.[1];
}
