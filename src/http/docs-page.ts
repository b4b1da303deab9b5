/** `/docs`: the description of the HTTP API as a plain page: no script, nothing from elsewhere. */
import type { AnswerShape, Route } from './admin/route.ts';
import { type JsonSchema, jsonSchemaOf, propertiesOf } from './openapi-schema.ts';
import { errorCatalogue, type ErrorCode } from '../errors.ts';

export function docsPage(version: string, routes: readonly Route[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>HealthOS ${escapeHtml(version)}: HTTP API</title>
<link rel="icon" href="/dashboard/icon.svg">
<link rel="stylesheet" href="/dashboard/style.css">
</head>
<body class="docs">
<header class="top"><h1><a href="/">HealthOS</a></h1><span class="muted">HTTP API ${escapeHtml(version)}</span></header>
<main>
<p>For programs there is the same as <a href="/openapi.json">OpenAPI 3.1</a>. It also describes the addresses at which
messages are taken in. Errors are problem documents (RFC 9457) with a stable <code>code</code>.</p>
${routes.map(section).join('\n')}
</main>
</body>
</html>
`;
}

function section(route: Route): string {
  const access = route.permission === 'open' ? 'open to all' : `permission ${route.permission}`;
  return `<section class="card">
<h2><span class="method">${route.method}</span> <code>${escapeHtml(route.path)}</code></h2>
<p>${prose(route.summary)} <span class="muted">(${access})</span></p>
${parameters(route)}
${route.requestBody === undefined ? '' : `<p>Body: ${prose(route.requestBody)}</p>`}
<ul>${Object.entries(route.answers).map(answerItem).join('')}${(route.errors ?? []).map(errorItem).join('')}</ul>
</section>`;
}

function parameters(route: Route): string {
  const all = [...propertiesOf(route.params), ...propertiesOf(route.query)];
  if (all.length === 0) return '';
  const rows = all.map(
    ({ name, schema }) => `<dt><code>${escapeHtml(name)}</code></dt><dd>${prose(descriptionOf(schema))}</dd>`,
  );
  return `<dl class="parameters">${rows.join('')}</dl>`;
}

function descriptionOf(schema: JsonSchema): string {
  const { description } = schema;
  return typeof description === 'string' ? description : '';
}

function answerItem([status, { description, schema, type }]: [string, AnswerShape]): string {
  const shape =
    schema === undefined
      ? ` <span class="muted">${escapeHtml(type ?? '')}</span>`
      : `<details><summary>Schema</summary><pre>${escapeHtml(JSON.stringify(jsonSchemaOf(schema), null, 2))}</pre></details>`;
  return `<li><strong>${status}</strong> ${prose(description)}${shape}</li>`;
}

function errorItem(code: ErrorCode): string {
  const { status, title } = errorCatalogue[code];
  return `<li><strong>${status}</strong> <code>${code}</code> ${escapeHtml(title)}</li>`;
}

/** Text in which backticks set what is typed. */
function prose(source: string): string {
  return escapeHtml(source).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function escapeHtml(source: string): string {
  const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return source.replaceAll(/[&<>"]/g, (character) => named[character] ?? '');
}
