/** How a verdict travels: in the headers of the message that it is about. */
import { header, type Headers } from '../messages/envelope.ts';
import { dataIdOf } from '../messages/identity.ts';
import type { StoredMessage } from '../bus/message-bus.ts';
import type { Issue } from './issue.ts';
import type { Judged } from './judge.ts';

/** As the contract has it; the journal and the replies see no more than these. */
const MOST_ISSUES = 32;

/** The message's own headers with what validation found. */
export function verdictHeaders(message: StoredMessage, verdict: Judged): Headers {
  const headers: Record<string, string> = { ...message.headers };
  headers[header.dataId] = dataIdOf(message);
  headers[header.verdict] = verdict.valid ? 'valid' : 'invalid';
  set(headers, header.format, verdict.format);
  set(headers, header.version, verdict.version);
  set(headers, header.type, verdict.type);
  set(headers, header.controlId, verdict.controlId);
  set(headers, header.sender, verdict.sender);
  const found = verdict.issuesTotal > 0;
  set(headers, header.issues, found ? JSON.stringify(gravestFirst(verdict.issues)) : null);
  set(headers, header.issuesTotal, found ? String(verdict.issuesTotal) : null);
  return headers;
}

/** What came with the message is not believed: validation says what it found, or the header is absent. */
function set(headers: Record<string, string>, name: string, value: string | null): void {
  if (value !== null) headers[name] = value;
  // A header taken from a fresh copy of a record: nothing else holds it.
  else Reflect.deleteProperty(headers, name);
}

function gravestFirst(issues: readonly Issue[]): readonly Issue[] {
  if (issues.length <= MOST_ISSUES) return issues;
  const graver = (severity: Issue['severity']) => issues.filter((issue) => issue.severity === severity);
  return [...graver('error'), ...graver('warning'), ...graver('information')].slice(0, MOST_ISSUES);
}
