/** One message's journey: its steps, what validation found, its parent and its replays. */
import { ask, askJson } from './api.js';
import { byId, element, formatName, number, pill, size, time } from './dom.js';
import { shortId } from './messages.js';

let shown = null;

/** `say(text, isError)` tells what came of a replay or a download. */
export async function openJourney(id, say) {
  shown = { id, say };
  await refreshJourney();
  const dialog = byId('journey');
  if (!dialog.open) dialog.showModal();
}

export function closeJourney() {
  shown = null;
}

/** The id of the message that is shown; null for none. */
export function shownJourney() {
  return shown?.id ?? null;
}

export async function refreshJourney() {
  if (shown === null) return;
  const { id, say } = shown;
  try {
    const journey = await askJson(`/admin/messages/${id}`);
    if (shown?.id === id) show(journey, say);
  } catch (error) {
    if (shown?.id === id)
      byId('journey-body').replaceChildren(element('p', { class: 'refused' }, error.message));
  }
}

function show(journey, say) {
  byId('journey-heading').replaceChildren(
    pill(journey.state),
    ` ${formatName(journey.format)} ${journey.type ?? ''}`,
  );
  byId('journey-body').replaceChildren(
    facts(journey),
    element('h3', {}, 'Steps'),
    element('ol', { class: 'steps' }, ...journey.steps.map(step)),
    ...issues(journey),
    ...family(journey, say),
    element(
      'p',
      { class: 'buttons' },
      element('button', { type: 'button', onclick: () => replay(journey.data_id, say) }, 'replay'),
      element(
        'button',
        { type: 'button', onclick: () => download(journey.data_id, say) },
        'download the body',
      ),
    ),
  );
}

function facts(journey) {
  const pairs = [
    ['data id', element('code', {}, journey.data_id)],
    ['connector', journey.connector ?? '—'],
    ['version', journey.version ?? '—'],
    ['content type', journey.content_type ?? 'unknown'],
    ['size', size(journey.bytes)],
  ];
  return element(
    'dl',
    { class: 'facts' },
    ...pairs.flatMap(([label, value]) => [element('dt', {}, label), element('dd', {}, value)]),
  );
}

const sentences = {
  received: 'Received',
  stored: 'Stored durably, and acknowledged to the sender',
  valid: 'Validated: valid',
  invalid: 'Validated: invalid',
  delivered: 'Delivered',
  deadletter: 'Given up: to the dead letters',
  replayed: 'Replayed',
};

function step(each) {
  const more = [
    each.connector === undefined ? '' : ` by ${each.connector}`,
    each.issues === undefined ? '' : `, ${number(each.issues)} ${each.issues === 1 ? 'issue' : 'issues'}`,
    each.unexpected === true ? ' — a step that a message’s life does not allow' : '',
  ];
  return element(
    'li',
    { class: each.step },
    element('span', {}, (sentences[each.step] ?? each.step) + more.join('')),
    ' ',
    time(each.at),
  );
}

function issues({ issues: found, issues_total: total, state }) {
  if (total === 0) {
    return state === 'received'
      ? []
      : [element('p', { class: 'muted' }, 'Validation found nothing to complain about.')];
  }
  const cut =
    total > found.length ? [element('p', { class: 'muted' }, `The first ${found.length} of ${total}.`)] : [];
  return [element('h3', {}, 'Issues'), element('ul', { class: 'issues' }, ...found.map(issue)), ...cut];
}

function issue({ rule, severity, location, message, spec }) {
  return element(
    'li',
    {},
    pill(severity, severity === 'error' ? 'bad' : severity === 'warning' ? 'warn' : 'plain'),
    ' ',
    location === '' ? null : element('code', {}, location),
    element('p', {}, message),
    element('p', { class: 'muted' }, `${rule} · ${spec}`),
  );
}

function family({ parent_id: parent, replays }, say) {
  const link = (id) =>
    element(
      'button',
      { type: 'button', class: 'link id', title: id, onclick: () => openJourney(id, say) },
      shortId(id),
    );
  return [
    parent === null ? null : element('p', {}, 'A replay of ', link(parent)),
    replays.length === 0
      ? null
      : element('p', {}, 'Replayed as ', ...replays.flatMap((id) => [link(id), ' '])),
  ].filter((line) => line !== null);
}

async function replay(id, say) {
  try {
    const { data_id: child } = await askJson(`/admin/messages/${id}/replay`, { method: 'POST' });
    say(`Replayed as ${child}.`);
    await openJourney(child, say);
  } catch (error) {
    say(`Replay: ${error.message}`, true);
  }
}

/** By fetch and not by a link, which could carry no token. */
async function download(id, say) {
  try {
    const response = await ask(`/admin/messages/${id}/body`);
    const name =
      /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? `${id}.bin`;
    const url = URL.createObjectURL(await response.blob());
    element('a', { href: url, download: name }).click();
    URL.revokeObjectURL(url);
    say('The body was downloaded; the audit log says so.');
  } catch (error) {
    say(`Body: ${error.message}`, true);
  }
}
