/** The connectors: what each does, since when and why, and the buttons that command it. */
import { askJson } from './api.js';
import { byId, element, number, pill, size, time } from './dom.js';

const commands = ['start', 'pause', 'resume', 'restart', 'stop'];

/** The commands that make a difference in a state; the gateway decides, the page only does not offer the others. */
const useful = {
  idle: ['start'],
  stopped: ['start'],
  connecting: ['restart', 'stop'],
  backoff: ['start', 'restart', 'stop'],
  consuming: ['pause', 'restart', 'stop'],
  stalled: ['pause', 'restart', 'stop'],
  paused: ['resume', 'restart', 'stop'],
  draining: [],
};

/** `say(text, isError)` tells the operator what came of a command; `changed()` asks for the new statuses. */
export function showConnectors(connectors, { say, changed }) {
  const focused = document.activeElement?.id;
  byId('connectors').replaceChildren(
    ...connectors.map((each) => card(each, { say, changed })),
    ...nothing(connectors),
  );
  if (focused) byId(focused)?.focus({ preventScroll: true });
}

function nothing(connectors) {
  if (connectors.length > 0) return [];
  return [element('p', { class: 'empty' }, 'The service definition has no connectors.')];
}

function card(connector, actions) {
  const { id, name, direction, kind, state, substate, since } = connector;
  return element(
    'article',
    { class: 'card connector', 'data-connector': id, 'aria-label': name },
    element('h3', {}, name || id),
    element('p', { class: 'muted' }, `${id} · ${direction} ${kind}`),
    element(
      'p',
      { class: 'state' },
      pill(state, toneOf(state, substate)),
      substate === null || (state === 'running' && substate === 'consuming') ? null : pill(inWords(substate)),
      element('span', { class: 'muted' }, ' since ', time(since)),
    ),
    reason(connector),
    counts(connector),
    element('p', { class: 'buttons' }, ...commands.map((command) => button(connector, command, actions))),
  );
}

function toneOf(state, substate) {
  if (substate === 'failed') return 'bad';
  if (substate === 'paused' || substate === 'draining') return 'busy';
  return substate === 'stalled' ? 'warn' : undefined;
}

function inWords(substate) {
  return substate === 'byOperator' ? 'by the operator' : substate;
}

function reason({ reason: why, attempt, next_retry_at: next }) {
  if (why === null) return null;
  const retry = next === null ? null : element('span', {}, ` Attempt ${attempt + 1} at `, time(next), '.');
  return element(
    'p',
    { class: why.retryable ? 'reason' : 'reason bad', title: why.code },
    why.message,
    retry,
  );
}

function counts({ counts: { received, stored, duplicate, refused, failed, bytes }, lag }) {
  const pairs = [
    ['received', number(received)],
    ['stored', number(stored)],
    ['duplicate', number(duplicate)],
    ['refused', number(refused)],
    ['failed', number(failed)],
    ['bytes', size(bytes)],
    ...(lag === null ? [] : [['lag', number(lag)]]),
  ];
  return element(
    'dl',
    { class: 'counts' },
    ...pairs.map(([label, value]) => element('div', {}, element('dt', {}, label), element('dd', {}, value))),
  );
}

function button({ id, name, state, substate }, command, actions) {
  const offered = useful[substate] ?? useful[state] ?? commands;
  return element(
    'button',
    {
      type: 'button',
      id: `${command}-${id}`,
      disabled: !offered.includes(command),
      'aria-label': `${command} ${name || id}`,
      onclick: () => send(id, command, actions),
    },
    command,
  );
}

async function send(id, command, { say, changed }) {
  say(`${command} ${id} …`);
  try {
    const status = await askJson(`/admin/connectors/${encodeURIComponent(id)}/${command}`, {
      method: 'POST',
    });
    say(`${id} is ${status.state}${status.substate === null ? '' : `, ${inWords(status.substate)}`}.`);
  } catch (error) {
    say(`${command} ${id}: ${error.message}`, true);
  }
  changed();
}
