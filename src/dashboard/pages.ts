/** The pages for a browser: the dashboard, its files, and the headers that keep pages from doing more than they should. */
import { readFileSync } from 'node:fs';
import { route, type Route } from '../http/admin/route.ts';

/** The files lie beside this module, in the source and in the compiled package alike. */
const files: ReadonlyMap<string, string> = new Map([
  ['style.css', 'text/css; charset=utf-8'],
  ['icon.svg', 'image/svg+xml'],
  ['app.js', 'text/javascript; charset=utf-8'],
  ['api.js', 'text/javascript; charset=utf-8'],
  ['live.js', 'text/javascript; charset=utf-8'],
  ['dom.js', 'text/javascript; charset=utf-8'],
  ['overview.js', 'text/javascript; charset=utf-8'],
  ['connectors.js', 'text/javascript; charset=utf-8'],
  ['messages.js', 'text/javascript; charset=utf-8'],
  ['journey.js', 'text/javascript; charset=utf-8'],
]);

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** For a page of ours: its own scripts and styles only, in no frame, told to nobody. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Open to all: the page holds nothing, and asks for the rest with the token of whoever looks at it. */
export function pageRoute(path: string, summary: string, page: () => string): Route {
  return route({
    method: 'GET',
    path,
    summary,
    permission: 'open',
    answers: { 200: { description: 'A page for a browser.', type: 'text/html' } },
    handle: () => ({ status: 200, type: 'text/html; charset=utf-8', headers: pageHeaders, body: page() }),
  });
}

export function dashboardRoute(): Route {
  const html = fileText('index.html');
  return pageRoute('/', 'The dashboard.', () => html);
}

/** The dashboard's own files: no part of the API that is documented. */
export function dashboardFileRoutes(): readonly Route[] {
  return [...files].map(([name, type]) => {
    const body = fileText(name);
    return route({
      method: 'GET',
      path: `/dashboard/${name}`,
      summary: 'A file of the dashboard.',
      permission: 'open',
      answers: { 200: { description: 'The file.', type } },
      handle: () => ({ status: 200, type, headers: pageHeaders, body }),
    });
  });
}

function fileText(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
