/** Sends what GraphiQL wants to send, with a token that is fresh. */
import { bearerToken, withToken } from './headers.js';

export function createFetcher(session, send) {
  return async (operation, { headers = {} } = {}) => {
    const token = await session.freshToken();
    // A token that somebody wrote themselves is sent as it is. The schema is always asked for as who is
    // signed in: GraphiQL reads the headers for it from a copy that may be older than the token.
    const isIntrospection = operation.operationName === 'IntrospectionQuery';
    const usesSession = isIntrospection || session.isOurs(bearerToken(headers));
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
