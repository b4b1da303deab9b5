import test from 'ava';

interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

/** The page's own module: JavaScript, so its types are stated here. */
const { frameReader } = (await import(new URL('../../src/dashboard/live.js', import.meta.url).href)) as {
  frameReader: (onFrame: (frame: Frame) => void) => (text: string) => void;
};

const stream =
  'retry: 1000\n\n: connected\n\nid: 7\nevent: state\ndata: {"actor":"a: b"}\n\nevent: message\ndata: {}\n\n';
const frames = [
  {},
  {},
  { id: '7', event: 'state', data: '{"actor":"a: b"}' },
  { event: 'message', data: '{}' },
];

test('frames are told whole, wherever the stream was cut', (t) => {
  for (let cut = 0; cut <= stream.length; cut++) {
    const told: Frame[] = [];
    const takeIn = frameReader((frame) => told.push(frame));
    takeIn(stream.slice(0, cut));
    takeIn(stream.slice(cut));
    t.deepEqual(told, frames, `cut at ${cut}`);
  }
});

test('a frame that has not ended is not told', (t) => {
  const told: Frame[] = [];
  frameReader((frame) => told.push(frame))('event: state\ndata: {}\n');
  t.deepEqual(told, []);
});
