// Requests to the admin port. The operator's token and name stay in this tab (sessionStorage) and are sent with changes
// only.

const store = window.sessionStorage;
const timeoutMilliseconds = 12_000;

export const operator = {
  get token() { return store.getItem('turnout.token') ?? ''; },
  get name() { return store.getItem('turnout.name') ?? ''; },
  remember(token, name) {
    store.setItem('turnout.token', token);
    store.setItem('turnout.name', name);
  },
  forget() { store.removeItem('turnout.token'); },
};

/** A failed request; `status` is 0 without a response. */
export class Refusal extends Error {
  constructor(status, message, flag = null) {
    super(message);
    this.status = status;
    this.flag = flag;
  }
}

/** How far the clock of the proxy is ahead of ours, in seconds, accurate to about one. */
let clockOffset = 0;

/** Seconds since 1970 by the clock of the proxy, as in all its documents. */
export const proxyNow = () => Date.now() / 1000 + clockOffset;

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(timeoutMilliseconds), ...options });
  } catch {
    throw new Refusal(0, 'The proxy does not respond.');
  }
  const date = Date.parse(response.headers.get('Date')) / 1000;
  if (Number.isFinite(date) && Math.abs(date + 0.5 - proxyNow()) > 1.5) clockOffset = date + 0.5 - Date.now() / 1000;
  const document = await response.json().catch(() => null);
  if (!response.ok) throw new Refusal(response.status, document?.error ?? `Status ${response.status}.`, document?.flag);
  return document;
}

const query = (values) => '?' + new URLSearchParams(Object.entries(values).filter(([, value]) => value != null));

export const read = {
  status: () => ask('api/v1/status'),
  comparison: (flag) => ask('api/v1/compare' + query({ flag })),
  windows: (flag, resolution, from) => ask('api/v1/windows' + query({ flag, resolution, from: Math.floor(from) })),
  audit: (flag) => ask('api/v1/audit' + query({ flag, limit: 30 })),
  proxies: () => ask('api/v1/proxies'),
};

export const streamPath = (flag) => 'api/v1/events' + query({ flag });

/** Changes something, with `revision` only if the flag still has that one. */
export function change(method, path, body, revision = null) {
  const headers = { 'Content-Type': 'application/json', Authorization: 'Bearer ' + operator.token };
  if (revision != null) headers['If-Match'] = `"${revision}"`;
  const signed = { by: operator.name || 'dashboard', ...body };
  return ask(path, { method, headers, body: JSON.stringify(signed) });
}

export const flagPath = (flag) => 'api/v1/flags/' + encodeURIComponent(flag);
