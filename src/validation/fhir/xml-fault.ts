/** Says in words of ours why an XML text cannot be read: those of the parser quote it. */
import type { Place } from '../engine.ts';
import { placeAt } from './text-place.ts';

const NO_ENTITY = 'an & begins no entity here: by itself it is written &amp;';
const loneAmpersand = /&(?!#?\w{1,40};)/;

/** The parser's words, and ours to end a sentence with. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/^(?:unexpected close|unmatched|weird)/, 'this closes another element than was opened last'],
  [/^(?:unclosed tag|unexpected end)/, 'it is cut off: elements are still open'],
  [
    /^undefined entity/,
    'this entity is none of XML, which has &amp; &lt; &gt; &quot; &apos; and numbers such as &#160;',
  ],
  [/^(?:empty entity|malformed (?:character )?entity)/, NO_ENTITY],
  [/^duplicate attribute/, 'an element has an attribute twice'],
  [/^(?:attribute without|unquoted attribute)/, 'an attribute has no value in quotes'],
  [/^no whitespace/, 'between two attributes a space is expected'],
  [/^disallowed character in attribute/, 'this is no name of an attribute, nor the end of a tag'],
  [
    /^(?:disallowed character in (?:tag|closing)|forward-slash)/,
    'this is no tag: by itself < is written &lt;',
  ],
  [/^unbound namespace/, 'the namespace of a prefix is not declared'],
  [/^text data outside/, 'there is text outside of the root element'],
  [/^documents may contain/, 'there is a second root element'],
  [/^document must contain/, 'there is no element'],
  [/^malformed comment/, 'a comment has -- in it, or does not end with -->'],
  [/^inappropriately/, 'a document type declaration is not allowed'],
  [/^incorrect syntax/, '<! begins neither a comment nor CDATA here'],
  [
    /(?:XML declaration|XML declarations)\b|^(?:value|version|encoding|standalone|expected|did not)/,
    'the XML declaration is malformed, or not at the beginning',
  ],
  [/processing instruction/, 'a processing instruction is malformed, or not where it may be'],
  [/^the string/, 'by itself ]]> is written ]]&gt;'],
  [/^disallowed character\./, 'XML does not allow this character here: by itself < is written &lt;'],
  [/namespace|xmlns|prefix|^malformed name/, 'XML does not allow this name, or this namespace'],
];

export interface XmlFault {
  /** To end a sentence with. */
  readonly reason: string;
  readonly place: Place;
}

/** What the parser threw when it had come to a place in the text. */
export function faultOf({ message }: Error, text: string, place: Place): XmlFault {
  const said = message.replace(/^\d+:\d+: /, '');
  // An & that begins no entity is read on to the next semicolon, and be it at the end.
  const ampersand = /^(?:unclosed tag|unexpected end)/.test(said) ? text.search(loneAmpersand) : -1;
  if (ampersand >= 0) return { reason: NO_ENTITY, place: placeAt(text, ampersand) };
  return { reason: reasons.find(([pattern]) => pattern.test(said))?.[1] ?? 'it is not well-formed', place };
}
