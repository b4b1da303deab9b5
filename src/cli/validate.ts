/** `healthos validate`: what is wrong with payload files, offline. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Format, formats } from '../messages/envelope.ts';
import { presets } from '../validation/engine.ts';
import { type ShippedPackage, shippedPackages } from '../validation/fhir/profiles/shipped.ts';
import type { Verdict } from '../validation/issue.ts';
import type { CommandFactory } from './command.ts';
import { plural } from './format.ts';
import { showIssue } from './issues.ts';
import { type Output, printable } from './output.ts';
import { type Judge, type JudgingOptions, loadJudge } from './judging.ts';
import { findPayloads, readPayloadHead, splitMessages } from './payloads.ts';

interface ValidateOptions extends JudgingOptions {
  readonly reply?: true;
  readonly json?: true;
}

export const validateCommand: CommandFactory = (output, report) =>
  new Command('validate')
    .description('find what is wrong with payload files, offline')
    .argument('<path...>', 'files, folders (walked), or - for standard input')
    .addOption(new Option('--format <format>', 'take them as this format').choices(formats))
    .addOption(
      new Option(
        '--preset <preset>',
        'how strictly; standard where neither this nor the file says it',
      ).choices(presets),
    )
    .option('-f, --file <file>', 'by the validation of this service definition; what is named beside it wins')
    .option('--connector <id>', "as this connector's messages in the service definition")
    .addOption(
      new Option('--fhir-version <version>', 'the release of payloads that name none; R4 likewise').choices([
        'R4',
        'R4B',
        'R5',
      ]),
    )
    .option(
      '--fhir-packages <names>',
      `profiles that come with HealthOS: ${shippedPackages.join(', ')}`,
      parsePackages,
    )
    .option('--fhir-folder <dir>', 'profiles and value sets: the packages in this folder')
    .option('--reply', "print each message's native reply instead: ACK, OperationOutcome, 999 or TA1")
    .option('--json', 'one JSON document a message')
    .addHelpText('after', examples)
    .action(async (paths: string[], options: ValidateOptions) => {
      const tally = await validateAll(output, findPayloads(paths), options);
      if (!options.json && !options.reply) output.line(summary(tally));
      if (tally.invalid > 0) report(1);
    });

function parsePackages(text: string): readonly ShippedPackage[] {
  return text.split(',').map((name) => {
    const known = shippedPackages.find((one) => one === name.trim());
    if (known !== undefined) return known;
    throw new InvalidArgumentError(`There are: ${shippedPackages.join(', ')}.`);
  });
}

interface Tally {
  messages: number;
  invalid: number;
}

async function validateAll(
  output: Output,
  files: readonly string[],
  options: ValidateOptions,
): Promise<Tally> {
  const judge = await loadJudge(options, output);
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
strict (every normative rule of the standard). -f takes all of \`validation\`: rules, site profiles, senders, FHIR.

Examples:
  healthos validate message.hl7
  healthos validate incoming/ --preset strict
  healthos validate message.hl7 --reply > ack.hl7
  healthos validate patient.json --fhir-packages us-core-5.0.1
  healthos validate incoming/ -f gateway.yaml --connector wards
  healthos samples hl7v2-adt-a01 | healthos validate - --json`;
