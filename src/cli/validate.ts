/** `healthos validate`: what is wrong with payload files, offline. */
import { Command, Option } from 'commander';
import { type Format, formats } from '../messages/envelope.ts';
import { type Preset, presets } from '../validation/engine.ts';
import type { Verdict } from '../validation/issue.ts';
import type { Levels } from '../validation/levels.ts';
import type { CommandFactory } from './command.ts';
import { plural } from './format.ts';
import { showIssue } from './issues.ts';
import { type Output, printable } from './output.ts';
import { findPayloads, readPayloadHead, splitMessages, type Wanted } from './payloads.ts';

interface ValidateOptions {
  readonly format?: Format;
  readonly preset: Preset;
  readonly reply?: true;
  readonly json?: true;
}

export const validateCommand: CommandFactory = (output, report) =>
  new Command('validate')
    .description('find what is wrong with payload files, offline')
    .argument('<path...>', 'files, folders (walked), or - for standard input')
    .addOption(new Option('--format <format>', 'take them as this format').choices(formats))
    .addOption(new Option('--preset <preset>', 'how strictly').choices(presets).default('standard'))
    .option('--reply', "print each message's native reply instead: ACK, OperationOutcome, 999 or TA1")
    .option('--json', 'one JSON document a message')
    .addHelpText('after', examples)
    .action(async (paths: string[], options: ValidateOptions) => {
      const tally = await validateAll(output, findPayloads(paths), options);
      if (!options.json && !options.reply) output.line(summary(tally));
      if (tally.invalid > 0) report(1);
    });

interface Tally {
  messages: number;
  invalid: number;
}

async function validateAll(
  output: Output,
  files: readonly string[],
  options: ValidateOptions,
): Promise<Tally> {
  const judge = await loadJudge(options);
  const tell = await teller(output, options);
  const tally: Tally = { messages: 0, invalid: 0 };
  for (const [done, file] of files.entries()) {
    if (files.length > 1) output.progress(`${done}/${files.length} files, ${tally.invalid} invalid`);
    const payload = await readPayloadHead(file, judge.wanted);
    for (const [index, judged] of judgeFile(payload, options.format, judge.verdict).entries()) {
      tally.messages += 1;
      tally.invalid += judged.verdict.valid ? 0 : 1;
      output.progress('');
      await tell(file, index, judged);
    }
  }
  output.progress('');
  return tally;
}

interface Judged {
  readonly bytes: Uint8Array;
  readonly verdict: Verdict;
}

type Tell = (file: string, index: number, judged: Judged) => Promise<void>;

/** How each verdict is written. */
async function teller(output: Output, { reply, json }: ValidateOptions): Promise<Tell> {
  const replyTo = reply ? await (await import('./replies.ts')).loadReplies() : undefined;
  return async (file, index, { bytes, verdict }) => {
    const made = await replyTo?.(bytes, verdict);
    const told = made && Buffer.from(made).toString();
    if (json) output.json({ ...document(file, index, verdict), ...(reply && { reply: told ?? null }) });
    else if (!reply) show(output, file, index, verdict);
    else if (made !== undefined) await writeReply(output, made);
    else output.error(`${printable(file)}: to this there is no reply of its own.`);
  };
}

/** Byte for byte; on a terminal the ends of segments are ends of lines. */
async function writeReply(output: Output, reply: Uint8Array): Promise<void> {
  if (!output.terminal) return output.bytes(reply);
  const lines = Buffer.from(reply)
    .toString()
    .split(/[\r\n]|(?<=~)/);
  for (const line of lines) if (line !== '') output.line(printable(line));
}

interface Judge {
  /** How much of a file has to be read: of a large DICOM object its attributes, else all. */
  readonly wanted: Wanted;
  /** `size`: that of the whole, where only the beginning was read. */
  readonly verdict: (bytes: Uint8Array, size?: number, known?: Format) => Verdict;
}

interface Payload {
  readonly bytes: Buffer;
  readonly size: number;
}

/** A verdict a message. What is wrong with the batch around HL7 messages is said with the first of them. */
function judgeFile(
  { bytes, size }: Payload,
  format: Format | undefined,
  verdict: Judge['verdict'],
): readonly Judged[] {
  if (size > bytes.length) return [{ bytes, verdict: verdict(bytes, size) }];
  const messages = splitMessages(bytes, format);
  const [head, ...rest] = messages;
  if (head === undefined) return [];
  const first = { bytes: head, verdict: verdict(head) };
  // In a bulk file a line that is broken off is a broken resource, not a message of any format.
  const known = first.verdict.format === 'fhir' ? 'fhir' : undefined;
  const others = rest.map((message) => ({
    bytes: message,
    verdict: verdict(message, message.length, known),
  }));
  const isWhole = messages.length === 1 && messages[0]?.length === bytes.length;
  return first.verdict.format === 'hl7v2' && !isWhole
    ? [{ ...first, verdict: withBatch(first.verdict, verdict(bytes)) }, ...others]
    : [first, ...others];
}

function withBatch(first: Verdict, whole: Verdict): Verdict {
  const around = whole.issues.filter(
    ({ rule }) => rule === 'hl7v2/batch' || rule === 'hl7v2/several-messages',
  );
  return {
    ...first,
    valid: first.valid && around.every(({ severity }) => severity !== 'error'),
    issues: [...around, ...first.issues],
    issuesTotal: first.issuesTotal + around.length,
  };
}

/** The engines bring large tables: they are loaded when there is something to validate. */
async function loadJudge({ format, preset }: ValidateOptions): Promise<Judge> {
  const [{ validate, generalVerdict }, { levelsOf }, { detect }, { bytesWanted, HEAD_BYTES }] =
    await Promise.all([
      import('../validation/validate.ts'),
      import('../validation/levels.ts'),
      import('../messages/detect.ts'),
      import('../validation/dicom/head.ts'),
    ]);
  const levels: Levels = levelsOf({ preset, rules: {} });
  return {
    wanted: (bytes, size) => {
      if (bytes.length < Math.min(size, HEAD_BYTES)) return Math.min(size, HEAD_BYTES);
      return (format ?? detect(bytes).format) === 'dicom' ? bytesWanted(bytes, size) : size;
    },
    verdict: (bytes, size, known = format) => {
      try {
        return validate(bytes, { levels, format: known, size });
      } catch {
        return generalVerdict('validationCrash', known ?? null);
      }
    },
  };
}

function document(file: string, index: number, { format, version, type, valid, issues }: Verdict): object {
  return { file, index, format, version, type, valid, issues };
}

function show(output: Output, file: string, index: number, verdict: Verdict): void {
  const state = verdict.valid ? output.colour('green', 'valid  ') : output.colour('red', 'invalid');
  const what = [verdict.format ?? 'unknown format', verdict.version, verdict.type].filter(
    (part) => part !== null,
  );
  output.line(`${state}  ${printable(file)}${index === 0 ? '' : ` [${index}]`}  ${what.join(' ')}`);
  for (const issue of verdict.issues) showIssue(output, issue);
  const more = verdict.issuesTotal - verdict.issues.length;
  if (more > 0) output.line(`    … and ${plural(more, 'more issue')}`);
}

function summary({ messages, invalid }: Tally): string {
  return `${plural(messages, 'message')}: ${messages - invalid} valid, ${invalid} invalid.`;
}

const examples = `
A file may hold several messages: an HL7 batch, or FHIR as NDJSON. Exit status 1 when one is invalid.
Presets: lenient (only what cannot be read or routed is an error), standard (and what a good receiver refuses),
strict (every normative rule of the standard).

Examples:
  healthos validate message.hl7
  healthos validate incoming/ --preset strict
  healthos validate message.hl7 --reply > ack.hl7
  healthos samples hl7v2-adt-a01 | healthos validate - --json`;
