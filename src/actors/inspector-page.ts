/** The page behind the inspector's address: Stately's viewer in a frame, fed from the relay on the same port. */
import { createHash } from 'node:crypto';

export const VIEWER = 'https://stately.ai';

const script = `
const viewer = document.getElementById('viewer').contentWindow;
const waiting = [];
let connected = false;
const post = (event) => viewer.postMessage(event, '${VIEWER}');
addEventListener('message', ({ origin, data }) => {
  if (origin !== '${VIEWER}' || data?.type !== '@statelyai.connected') return;
  connected = true;
  waiting.splice(0).forEach(post);
});
new WebSocket('ws://' + location.host).onmessage = ({ data }) => {
  const event = JSON.parse(data);
  if (connected) post(event);
  else waiting.push(event);
};
`;

const styles = 'html, body { height: 100%; margin: 0 } iframe { width: 100%; height: 100%; border: 0 }';

export const inspectorPage = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>HealthOS: statecharts</title><style>${styles}</style></head>
<body><iframe id="viewer" title="Stately inspector" src="${VIEWER}/inspect"></iframe><script>${script}</script></body>
</html>
`;

/** Nothing but the viewer, this script and the relay. */
export const inspectorPolicy = [
  "default-src 'none'",
  `frame-src ${VIEWER}`,
  `script-src '${hash(script)}'`,
  `style-src '${hash(styles)}'`,
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
