/** Small helpers for the page. Whatever comes from the gateway becomes text, never markup. */

/** `element('p', { class: 'muted', hidden: true }, 'text', child, …)`; a child that is null is left out. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function byId(id) {
  return document.getElementById(id);
}

const tones = {
  running: 'good',
  valid: 'good',
  delivered: 'good',
  ready: 'good',
  following: 'good',
  starting: 'busy',
  connecting: 'busy',
  received: 'busy',
  draining: 'busy',
  paused: 'busy',
  rebuilding: 'busy',
  backoff: 'warn',
  stalled: 'warn',
  warning: 'warn',
  full: 'bad',
  unavailable: 'bad',
  failed: 'bad',
  invalid: 'bad',
  deadletter: 'bad',
  error: 'bad',
};

/** A state as a coloured word; the word says it all, the colour only helps. */
export function pill(state, tone = tones[state] ?? 'plain') {
  return element('span', { class: `pill ${tone}` }, state === 'deadletter' ? 'dead letter' : state);
}

const formatNames = { hl7v2: 'HL7 v2', fhir: 'FHIR', x12: 'X12', dicom: 'DICOM' };

export function formatName(format) {
  return formatNames[format] ?? 'unknown';
}

export function number(value) {
  return Number(value).toLocaleString('en');
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), units.length);
  const value = bytes / 1024 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power - 1]}`;
}

/** A time as it is read on a wall clock here, the whole of it on hovering. */
export function time(at) {
  const date = new Date(at);
  const clock = date.toLocaleTimeString('en-GB');
  const today = date.toDateString() === new Date().toDateString();
  return element(
    'time',
    { datetime: at, title: at },
    today ? clock : `${date.toLocaleDateString('en-CA')} ${clock}`,
  );
}

/** Calls the action at most once in the given time, the last time always. */
export function atMostEvery(ms, action) {
  let timer;
  let last = -Infinity;
  return () => {
    if (timer !== undefined) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        last = performance.now();
        action();
      },
      Math.max(0, last + ms - performance.now()),
    );
  };
}
