/** Asks the admin API, with the token of whoever looks. The token lives in this tab's session and nowhere else. */

const KEY = 'healthos-token';

/** What the server refused, with its problem document. */
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail || problem.title || 'The gateway refused that.');
    this.status = problem.status;
    this.code = problem.code;
  }
}

export function setToken(token) {
  sessionStorage.setItem(KEY, token);
}

export function hasToken() {
  return sessionStorage.getItem(KEY) !== null;
}

/** The response, or Refused. Where there is no answer at all, fetch's own error. */
export async function ask(path, { method = 'GET', headers = {}, ...rest } = {}) {
  const token = sessionStorage.getItem(KEY);
  const authorization = token === null ? {} : { Authorization: `Bearer ${token}` };
  const response = await fetch(path, {
    method,
    headers: { ...headers, ...authorization },
    cache: 'no-store',
    ...rest,
  });
  if (!response.ok) throw new Refused(await problemIn(response));
  return response;
}

export async function askJson(path, options) {
  return (await ask(path, options)).json();
}

async function problemIn(response) {
  const fallback = { status: response.status, title: `The gateway answered ${response.status}.` };
  try {
    return { ...fallback, ...(await response.json()) };
  } catch {
    return fallback;
  }
}
