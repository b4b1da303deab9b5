/**
 * Follows `/admin/events`. A stream read by fetch and not an EventSource, since that can carry no token. It tells
 * honestly whether it is live: silence for longer than three heartbeats counts as broken.
 */
import { ask, Refused } from './api.js';

const HEARTBEAT_MS = 15_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/**
 * Follows until the page goes. `onLive()` when the stream stands, `onEvent(name, data)` for each event, `onLost(waitMs)`
 * when it broke and will be tried again after the wait, `onRefused(refused)` when the caller may not listen: it then ends.
 */
export async function follow({ onLive, onEvent, onLost, onRefused }) {
  let lastEventId;
  let wait = FIRST_WAIT_MS;
  for (;;) {
    try {
      await listen(lastEventId, {
        onOpen: () => {
          wait = FIRST_WAIT_MS;
          onLive();
        },
        onFrame: (frame) => {
          lastEventId = frame.id ?? lastEventId;
          if (frame.data !== undefined) onEvent(frame.event ?? 'message', JSON.parse(frame.data));
        },
      });
    } catch (error) {
      if (error instanceof Refused && (error.status === 401 || error.status === 403)) return onRefused(error);
    }
    const pause = wait / 2 + (Math.random() * wait) / 2;
    onLost(pause);
    await untilRetry(pause);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/** Resolves or rejects when the stream ends, whatever ended it. */
async function listen(lastEventId, { onOpen, onFrame }) {
  const silence = new AbortController();
  let timer;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), 3 * HEARTBEAT_MS);
  };
  heard();
  try {
    const headers = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
    const response = await ask('/admin/events', { headers, signal: silence.signal });
    onOpen();
    const takeIn = frameReader(onFrame);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      heard();
      takeIn(next.value);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** A function that takes the stream in as it comes and tells each frame once it is whole. */
export function frameReader(onFrame) {
  let rest = '';
  return (text) => {
    const frames = (rest + text).split('\n\n');
    rest = frames.pop();
    for (const frame of frames) onFrame(parseFrame(frame));
  };
}

/** HTML Living Standard, section 9.2.6, as far as this gateway uses it. */
function parseFrame(text) {
  const frame = {};
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
    if (name === 'id' || name === 'event' || name === 'data') frame[name] = value;
  }
  return frame;
}

/** The wait, cut short when the network comes back or somebody looks at the page again. */
function untilRetry(ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    addEventListener('online', done, { once: true });
    document.addEventListener('visibilitychange', onVisible);
    function onVisible() {
      if (document.visibilityState === 'visible') done();
    }
    function done() {
      clearTimeout(timer);
      removeEventListener('online', done);
      document.removeEventListener('visibilitychange', onVisible);
      resolve();
    }
  });
}
