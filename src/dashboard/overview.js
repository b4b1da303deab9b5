/** The gateway as a whole: its state in the header, its numbers in tiles. */
import { byId, element, number, pill, time } from './dom.js';

export function showOverview(gateway) {
  byId('gateway-version').textContent = gateway.version;
  byId('gateway-state').replaceChildren(
    pill(gateway.ready ? 'ready' : 'not ready', gateway.ready ? 'good' : 'bad'),
  );
  byId('overview').replaceChildren(
    ...gateway.reasons.map((reason) => element('p', { class: 'banner warning wide' }, reason)),
    ...messageTiles(gateway.counts),
    tile('waiting for a verdict', number(gateway.bus.depth), oldest(gateway.bus)),
    tile(`bus (${gateway.bus.kind})`, pill(gateway.bus.state), gateway.bus.reason),
  );
}

function messageTiles(counts) {
  if (counts === null) return [tile('messages', '—', 'The journal cannot be read at present.')];
  return [
    tile('messages', number(counts.total)),
    tile('valid', number(counts.valid + counts.delivered)),
    tile('invalid', number(counts.invalid), null, counts.invalid > 0 ? 'bad' : ''),
    ...(counts.deadletter > 0 ? [tile('dead letter', number(counts.deadletter), null, 'bad')] : []),
  ];
}

function oldest(bus) {
  return bus.oldest === null ? null : element('span', {}, 'oldest since ', time(bus.oldest));
}

function tile(label, value, note = null, tone = '') {
  return element(
    'div',
    { class: `tile ${tone}` },
    element('span', { class: 'value' }, value),
    element('span', { class: 'label' }, label),
    note === null ? null : element('span', { class: 'note' }, note),
  );
}
