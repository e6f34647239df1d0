// Talks to the link that serves this page.
const base = 'api/v1/';
let token = sessionStorage.getItem('tlem-token') ?? '';

/** What the link refuses; status 401 asks for a token. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `status ${status}`);
    this.status = status;
    this.pointer = problem.pointer ?? '';
  }
}

export function useToken(text) {
  token = text;
  sessionStorage.setItem('tlem-token', text);
}

async function call(method, path, body, type, accept) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers['Content-Type'] = type;
  if (accept) headers.Accept = accept;
  const response = await fetch(base + path, {method, headers, body});
  if (!response.ok) {
    throw new Refused(response.status, await response.json().catch(() => ({})));
  }
  return response;
}

export const get = async path => (await call('GET', path)).json();
export const text = async path => (await call('GET', path)).text();
export const blob = async path => (await call('GET', path)).blob();
export const send = async (method, path, object) =>
  (await call(method, path, object === undefined ? undefined : JSON.stringify(object), 'application/json')).json();
export const putText = async (path, body, type) => (await call('PUT', path, body, type)).json();

/** Server-sent events; an EventSource could bring no token. Returns when the stream has ended. */
export async function events(take) {
  const reader = (await call('GET', 'events')).body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block);
      const data = /^data: (.*)$/m.exec(block);
      if (event && data) take(event[1], JSON.parse(data[1]));
    }
  }
}
