/** What a stream that somebody made must be like, and what to type where it is not. */
import { DiscardPolicy, nanos, RetentionPolicy, StorageType } from 'nats';
import type { StreamConfig } from 'nats';
import type { StreamNeeds } from './stream-setup.ts';
import { covers } from './subject-cover.ts';

/** A body up to the size of a claim check, with its headers, must go into one message. */
const SMALLEST_MAX_MSG_SIZE = 1024 * 1024;

/** What keeps the bus from working on this stream: a sentence each, with what to change. */
export function differencesFrom(config: StreamConfig, needs: StreamNeeds): readonly string[] {
  const { name } = needs;
  const edit = (option: string) => `nats stream edit ${name} ${option}`;
  const differs = (isSo: boolean, sentence: string): string[] => (isSo ? [sentence] : []);
  const given = subjectsOf(config);
  const missing = needs.subjects.filter((subject) => !given.some((wide) => covers(wide, subject)));
  // What a missing one covers would overlap with it.
  const kept = given.filter((each) => !missing.some((wide) => covers(wide, each)));
  const all = [...kept, ...missing];
  return [
    ...differs(isCopy(config), `It copies another stream: ${another(name)}`),
    ...differs(
      missing.length > 0 && !isCopy(config),
      `It lacks the subjects ${missing.join(', ')}: ${edit(`--subjects=${all.join(',')}`)}.`,
    ),
    ...differs(
      config.retention !== RetentionPolicy.Limits,
      `Its retention is ${config.retention} where limits is needed, which cannot be edited: ${another(name)}`,
    ),
    ...differs(
      config.storage !== StorageType.File,
      `It is kept in memory where file storage is needed, which cannot be edited: ${another(name)}`,
    ),
    ...differs(
      config.max_age > 0,
      `Its max_age would delete what is not processed yet; the gateways purge by app.messaging.retention: ${edit('--max-age=0s')}.`,
    ),
    ...differs(
      config.discard !== DiscardPolicy.New,
      `It discards old messages when it is full, processed or not: ${edit('--discard=new')}.`,
    ),
    ...differs(config.max_msgs > 0, `It takes only so many messages: ${edit('--max-msgs=-1')}.`),
    ...differs(
      config.max_msgs_per_subject > 0,
      `It takes only so many messages of a subject: ${edit('--max-msgs-per-subject=-1')}.`,
    ),
    ...differs(
      config.max_msg_size > 0 && config.max_msg_size < SMALLEST_MAX_MSG_SIZE,
      `It refuses messages above ${config.max_msg_size} bytes: ${edit('--max-msg-size=-1')}.`,
    ),
    ...differs(
      config.duplicate_window < nanos(needs.duplicateWindowMs),
      `It remembers duplicate keys for ${config.duplicate_window / 1e9} s, and app.messaging.duplicate_window_s says ${needs.duplicateWindowMs / 1000}: ${edit(`--dupe-window=${needs.duplicateWindowMs / 1000}s`)}.`,
    ),
    ...differs(
      config.num_replicas < needs.replicas,
      `It has ${config.num_replicas} replicas, and app.messaging.replicas says ${needs.replicas}: ${edit(`--replicas=${needs.replicas}`)}.`,
    ),
    ...differs(!config.allow_direct, `It does not allow direct reads: ${edit('--allow-direct')}.`),
    ...differs(config.no_ack === true, `It does not say when it has stored: ${edit('--ack')}.`),
    ...differs(
      config.sealed || config.deny_purge,
      `Nothing may be purged from it, and that is for ever: ${another(name)}`,
    ),
    ...differs(
      config.subject_transform !== undefined && config.subject_transform.dest !== '',
      `It stores messages under other subjects (subject_transform): ${edit('')}and take that out.`,
    ),
  ];
}

/** What differs and does no harm. */
export function noticesOn(config: StreamConfig, { name, maxBytes }: StreamNeeds): readonly string[] {
  if (config.max_bytes === maxBytes || config.max_bytes <= 0) return [];
  const goesBy = Math.min(config.max_bytes, maxBytes);
  return [
    `The stream ${name} has room for ${config.max_bytes} bytes, and app.messaging.retention.max_bytes says ${maxBytes}; the smaller counts (${goesBy}). To make them agree: nats stream edit ${name} --max-bytes=${maxBytes}`,
  ];
}

/** One that copies another stream has none. */
function subjectsOf({ subjects = [] }: { readonly subjects?: readonly string[] }): readonly string[] {
  return subjects;
}

function isCopy({ mirror, sources }: StreamConfig): boolean {
  return mirror !== undefined || (sources?.length ?? 0) > 0;
}

function another(name: string): string {
  return `name another one in app.messaging.stream_name, or remove this one once nobody needs it (nats stream rm ${name}).`;
}
