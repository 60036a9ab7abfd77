/** Sends what GraphiQL wants to send, with a token that is fresh. */
import { bearerToken, withToken } from './headers.js';

export function createFetcher(session, send) {
  return async (operation, { headers = {} } = {}) => {
    const shownToken = session.token();
    const token = await session.freshToken();
    // What the header editor shows is what is sent, but for a token that was renewed just now. The schema is
    // always asked for as who is signed in: GraphiQL keeps a copy of the headers for it, which may be older.
    const isIntrospection = operation.operationName === 'IntrospectionQuery';
    const usesSession = token !== null && (isIntrospection || bearerToken(headers) === shownToken);
    const { result } = await send(
      { ...operation, operationName: operationNameIn(operation) },
      usesSession ? withToken(headers, token) : headers,
    );
    return result;
  };
}

/**
 * For a tenth of a second after another tab is opened, GraphiQL still names the operation of the tab before.
 * A document with one operation needs no name, so the only one there is is meant.
 */
function operationNameIn({ query, operationName }) {
  const names = operationNames(query);
  return names.length === 1 ? names[0] : operationName;
}

function operationNames(query) {
  try {
    return globalThis.GraphiQL.GraphQL.parse(query)
      .definitions.filter(({ kind }) => kind === 'OperationDefinition')
      .map(({ name }) => name?.value);
  } catch {
    // What can't be parsed is sent, so that the API says what is wrong with it.
    return [];
  }
}
