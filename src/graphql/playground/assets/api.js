/** The one place that talks to the network. The address is always one of this server's own. */

/** An answer that says why the API refused: its message, its code, the path of the argument it means, and how to go on. */
export class ApiError extends Error {
  constructor({ message, extensions }) {
    super(message);
    this.code = extensions?.code ?? null;
    this.field = extensions?.field ?? null;
    this.challenge = extensions?.challenge ?? null;
    this.setup = extensions?.setup ?? null;
  }
}

/**
 * Sends one operation and gives its result, with errors, as the API said it.
 * `serverTime` is the server's clock when it answered: expiries are measured against it, because the clock
 * of this machine may be wrong.
 */
export async function send(endpoint, operation, headers = {}) {
  const response = await fetch(endpoint, {
    method: 'POST',
    credentials: 'same-origin',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/graphql-response+json, application/json;q=0.9',
      ...headers,
    },
    body: JSON.stringify(operation),
  }).catch(() => {
    throw new Error('The server cannot be reached. Is it running?');
  });
  const result = await response.json().catch(() => {
    throw new Error(`The server answered ${response.status} and no JSON.`);
  });
  return { result, serverTime: Date.parse(response.headers.get('date') ?? '') || Date.now() };
}

/** Sends one operation of the playground itself, of which an error is a failure. */
export async function request(endpoint, query, variables, headers) {
  const { result, serverTime } = await send(endpoint, { query, variables }, headers);
  const [error] = result.errors ?? [];
  if (error) throw new ApiError(error);
  return { data: result.data, serverTime };
}
