/** The newest messages, or those that are searched for. */
import { byId, element, formatName, number, pill, size, time } from './dom.js';

const PAGE = 50;

/** The address of a page of what the search form asks for. */
export function messagesUrl(cursor) {
  const query = new URLSearchParams({ limit: String(PAGE) });
  for (const [name, value] of new FormData(byId('search')))
    if (value.trim() !== '') query.set(name, value.trim());
  if (cursor) query.set('cursor', cursor);
  return `/admin/messages?${query}`;
}

/** `open(dataId)` shows a journey. Older pages are put below what is shown. */
export function showMessages({ items, next }, { open, below = false, ingress }) {
  const body = byId('messages').tBodies[0];
  const rows = items.map((item) => row(item, open));
  const focused = document.activeElement?.id;
  if (below) body.append(...rows);
  else body.replaceChildren(...rows);
  if (focused && !below) byId(focused)?.focus({ preventScroll: true });
  byId('more').hidden = next === null;
  const none = body.rows.length === 0;
  byId('messages').hidden = none;
  byId('no-messages').hidden = !none;
  if (none) byId('no-messages').replaceChildren(...explanation(ingress));
}

function row(item, open) {
  const {
    data_id: id,
    state,
    format,
    type,
    version,
    connector,
    bytes,
    issues_total: issues,
    received_at: at,
  } = item;
  return element(
    'tr',
    { 'data-id': id, class: 'openable', onclick: () => open(id) },
    element('td', {}, time(at)),
    element('td', {}, pill(state)),
    element(
      'td',
      {},
      formatName(format),
      version === null ? null : element('span', { class: 'muted' }, ` ${version}`),
    ),
    element('td', {}, type ?? '—'),
    element('td', {}, connector ?? '—'),
    element('td', { class: 'number' }, size(bytes)),
    element('td', { class: 'number' }, issues > 0 ? number(issues) : '—'),
    element('td', {}, idButton(id, open)),
  );
}

/** For the keyboard: the row itself cannot be reached by it. */
function idButton(id, open) {
  const onclick = (event) => {
    event.stopPropagation();
    open(id);
  };
  return element(
    'button',
    { type: 'button', class: 'link id', id: `open-${id}`, title: id, onclick },
    shortId(id),
  );
}

/** The end of an id: its beginning is the time, which all the newest share. */
export function shortId(id) {
  return `…${id.slice(-12)}`;
}

function explanation(ingress) {
  if (new URL(messagesUrl(), location).searchParams.size > 1)
    return [element('p', {}, 'No message is like that.')];
  if (ingress === undefined) return [element('p', {}, element('strong', {}, 'No messages yet.'))];
  return [
    element('p', {}, element('strong', {}, 'No messages yet.'), ' Send a first one from a terminal:'),
    element('pre', { tabindex: '0' }, firstMessage(ingress)),
    element('p', { class: 'muted' }, 'It shows up here at once, with what validation found.'),
  ];
}

function firstMessage({ method, url }) {
  const segments = [
    'MSH|^~\\&|DEMO|HOSPITAL|HEALTHOS|LAB|20260101120000||ADT^A01^ADT_A01|1|P|2.5.1',
    'EVN||20260101120000',
    'PID|1||100^^^DEMO^MR||Doe^Jane||19800101|F',
    'PV1|1|O',
  ];
  const send = `curl -X ${method} --data-binary @- -H 'Content-Type: application/hl7-v2' ${location.origin}${url}`;
  return `printf '${segments.join('\\r')}\\r' \\\n  | ${send}`;
}
