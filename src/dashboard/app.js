/** The dashboard: connectors and messages, live. It asks the admin API like any other client, and keeps nothing. */
import { askJson, hasToken, Refused, setToken } from './api.js';
import { showConnectors } from './connectors.js';
import { atMostEvery, byId, element } from './dom.js';
import { closeJourney, openJourney, refreshJourney, shownJourney } from './journey.js';
import { follow } from './live.js';
import { messagesUrl, showMessages } from './messages.js';
import { showOverview } from './overview.js';

/** An address that takes messages in: for the line that sends a first one. */
let ingress;
let nextCursor = null;
/** Older pages that were asked for stay until the first page is asked for again. */
let paging = false;

const refreshGateway = atMostEvery(1000, () => attempt(loadGateway));
const refreshConnectors = atMostEvery(250, () => attempt(loadConnectors));
const refreshMessages = atMostEvery(1000, () => attempt(loadMessages));

start();

function start() {
  byId('token-form').addEventListener('submit', takeToken);
  byId('search').addEventListener('submit', (event) => event.preventDefault());
  byId('search').addEventListener('input', searchAnew);
  byId('more').addEventListener('click', () => attempt(loadOlder));
  byId('journey-close').addEventListener('click', () => byId('journey').close());
  byId('journey').addEventListener('close', closeJourney);
  run();
}

/** Looks in; where the gateway wants a token first, asks for it, and begins again once it is given. */
async function run() {
  await follow({ onLive: live, onEvent: take, onLost: lost, onRefused: askForToken });
}

function live() {
  document.body.dataset.live = 'true';
  byId('live').textContent = 'live';
  byId('stale').hidden = true;
  byId('token-form').hidden = true;
  byId('content').hidden = false;
  refreshAll();
}

function refreshAll() {
  refreshGateway();
  refreshConnectors();
  if (!paging) refreshMessages();
  refreshJourney();
}

function take(name, data) {
  refreshGateway();
  refreshConnectors();
  if (name === 'message' && !paging) refreshMessages();
  if (name === 'message' && data.data_id === shownJourney()) refreshJourney();
}

/** From here on nothing that is shown is sure, and the page says so until it is live again. */
function lost(waitMs) {
  if (document.body.dataset.live !== 'false') {
    document.body.dataset.live = 'false';
    byId('live').textContent = 'not live';
    const since = new Date().toLocaleTimeString('en-GB');
    byId('stale').replaceChildren(
      element('strong', {}, `Not live since ${since}.`),
      ' What is shown may no longer be so. ',
      element('span', { id: 'retry' }),
    );
    byId('stale').hidden = false;
  }
  const retry = byId('retry');
  if (retry !== null) retry.textContent = `Trying again in ${Math.max(1, Math.round(waitMs / 1000))} s.`;
}

function askForToken(refused) {
  document.body.dataset.live = 'false';
  byId('live').textContent = 'not live';
  byId('content').hidden = true;
  byId('stale').hidden = true;
  byId('token-form').hidden = false;
  byId('token-refused').hidden = !hasToken();
  byId('token-refused').textContent =
    refused.status === 403 ? refused.message : 'The gateway does not know this token.';
  byId('token').focus();
}

function takeToken(event) {
  event.preventDefault();
  setToken(byId('token').value.trim());
  byId('token').value = '';
  run();
}

function searchAnew() {
  paging = false;
  refreshMessages();
}

async function loadGateway() {
  showOverview(await askJson('/admin'));
}

/** A lag grows and shrinks without an event: while one is told it is asked for again, as often as it is measured. */
const LAG_MS = 2000;
let lagTimer;

async function loadConnectors() {
  const connectors = await askJson('/admin/connectors');
  showConnectors(connectors, { say, changed: refreshConnectors });
  clearTimeout(lagTimer);
  if (connectors.some(({ lag }) => lag !== null)) lagTimer = setTimeout(refreshConnectors, LAG_MS);
}

async function loadMessages() {
  ingress ??= ingressIn(await askJson('/openapi.json'));
  const page = await askJson(messagesUrl());
  nextCursor = page.next;
  showMessages(page, { open, ingress });
}

function ingressIn({ paths }) {
  const all = Object.entries(paths).flatMap(([url, methods]) =>
    Object.entries(methods).map(([method, { tags }]) => ({ url, method: method.toUpperCase(), tags })),
  );
  return all.find(({ url, tags }) => tags.includes('ingress') && url !== '/validate');
}

async function loadOlder() {
  paging = true;
  const page = await askJson(messagesUrl(nextCursor));
  nextCursor = page.next;
  showMessages(page, { open, ingress, below: true });
}

function open(id) {
  openJourney(id, say);
}

/** What cannot be loaded is said; where there is no answer at all, the stream of events notices as well. */
async function attempt(load) {
  try {
    await load();
  } catch (error) {
    if (error instanceof Refused) say(error.message, true);
  }
}

let hushing;

function say(text, isError = false) {
  const notice = byId('notice');
  clearTimeout(hushing);
  notice.textContent = text;
  notice.classList.toggle('bad', isError);
  notice.hidden = false;
  if (!isError) hushing = setTimeout(() => (notice.hidden = true), 6000);
}
