/** What the YAML parser found, in our words: its own sentences may quote the text, and a secret with it. */
import type { ErrorCode } from 'yaml';
import type { Mistake } from './definition.ts';
import { mistakeAt, type Position } from './mistakes.ts';

type Sentence = readonly [message: string, suggestion?: string];

const sentences: Readonly<Partial<Record<ErrorCode, Sentence>>> = {
  ALIAS_PROPS: ['An alias cannot have a tag or an anchor.'],
  BAD_ALIAS: ['This alias is not understood.', 'Text that begins with * needs quotes.'],
  BAD_DIRECTIVE: ['This directive is not understood.', 'Text that begins with % needs quotes.'],
  BAD_DQ_ESCAPE: [
    'This backslash in double quotes means nothing.',
    'Use single quotes, or write the backslash twice.',
  ],
  BAD_INDENT: [
    'This line is indented wrongly, or a bracket before it is not closed.',
    'Lines of one mapping or list begin in the same column.',
  ],
  BAD_SCALAR_START: ['Text cannot begin with this character.', 'Put it in quotes.'],
  BLOCK_AS_IMPLICIT_KEY: [
    'This looks like two settings in one line.',
    'Put each on its own line, and text that holds a colon in quotes.',
  ],
  BLOCK_IN_FLOW: ['A block cannot stand inside of { } or [ ].'],
  KEY_OVER_1024_CHARS: ['This key is too long.'],
  MISSING_CHAR: [
    'A character is missing here: a closing quote or bracket, a comma, or the space after a colon.',
  ],
  MULTILINE_IMPLICIT_KEY: ['A key cannot go over several lines.', 'Is the colon after it missing?'],
  MULTIPLE_ANCHORS: ['This has two anchors.'],
  MULTIPLE_DOCS: ['The file holds more than one document.', 'Keep what is before the line of ---.'],
  MULTIPLE_TAGS: ['This has two tags.'],
  RESOURCE_EXHAUSTION: ['This is nested too deeply.'],
  TAB_AS_INDENT: ['Tabs cannot indent in YAML.', 'Use spaces.'],
  TAG_RESOLVE_FAILED: ['This tag is not known here.', 'Leave it out; text that begins with ! needs quotes.'],
  UNEXPECTED_TOKEN: [
    'This is not expected here.',
    'Is a quote, a bracket or a colon missing before it? Inside of { } a value with ${…} needs quotes.',
  ],
};

export function yamlMistake(file: string, code: ErrorCode, position: Position): Mistake {
  const [message, suggestion] = sentences[code] ?? ['This is not YAML.'];
  return mistakeAt(file, position, { path: [], message, suggestion });
}
