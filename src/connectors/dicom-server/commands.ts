/** Answers the commands of an association: C-ECHO and C-STORE (PS3.7, 9.1.1 and 9.1.5); any other is refused. */
import { commandField, encodeCommand, field, NO_DATA_SET, status } from '../../dimse/command.ts';
import { abortReason, violation } from '../../dimse/faults.ts';
import { hasDataSet, passOver, type Command } from '../../dimse/messages.ts';
import { commandPdus } from '../../dimse/sending.ts';
import type { Association, PresentationContext, Station } from './association.ts';
import { storeObject, type Outcome } from './store.ts';

/** The bit of a command field that tells a response from a request (PS3.7, E.1). */
const RESPONSE = 0x8000;
/** C-CANCEL has no response (PS3.7, 9.3.2.3). */
const CANCEL = 0x0fff;

export async function answerCommand(
  command: Command,
  association: Association,
  station: Station,
): Promise<void> {
  const context = association.contexts.get(command.contextId);
  const kind = command.numbers.get(field.command) ?? 0;
  if (context === undefined || (kind & RESPONSE) !== 0) {
    throw violation(abortReason.unexpectedParameter, 'A command comes that has no place here.');
  }
  const outcome = await outcomeOf(kind, command, context, association, station);
  if (kind !== CANCEL) association.write(responseTo(kind, command, outcome, association));
}

async function outcomeOf(
  kind: number,
  command: Command,
  context: PresentationContext,
  association: Association,
  station: Station,
): Promise<Outcome> {
  if (kind === commandField.storeRequest) return storeObject(command, context, association, station);
  if (hasDataSet(command)) await passOver(association.messages.dataSet(command.contextId));
  return { status: kind === commandField.echoRequest ? status.success : status.unrecognizedOperation };
}

/** The response repeats what it is to, so far as that was said (PS3.7, 9.3.1.2 and 9.3.5.2). */
function responseTo(
  kind: number,
  { contextId, numbers, texts }: Command,
  outcome: Outcome,
  { request }: Association,
): Buffer {
  const fields = new Map<number, number | string>([
    [field.command, kind | RESPONSE],
    [field.respondedTo, numbers.get(field.messageId) ?? 0],
    [field.dataSetType, NO_DATA_SET],
    [field.status, outcome.status],
  ]);
  for (const repeated of [field.affectedSopClass, field.affectedSopInstance]) {
    const value = texts.get(repeated);
    if (value !== undefined) fields.set(repeated, value);
  }
  if (outcome.comment !== undefined) fields.set(field.errorComment, outcome.comment);
  return commandPdus(contextId, encodeCommand(fields), request.maxPdu);
}
