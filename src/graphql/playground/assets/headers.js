/**
 * Reading and writing the text of the header editor. What else somebody wrote into it stays, and an
 * authorization that they wrote by hand (the token of a partner, say) is theirs.
 */

const bearerPrefix = 'Bearer ';

/** The headers that the text means. Null while it is being written and can't be read. */
export function parseHeaders(text) {
  if (text.trim() === '') return {};
  try {
    const headers = JSON.parse(text);
    return headers !== null && typeof headers === 'object' && !Array.isArray(headers) ? headers : null;
  } catch {
    return null;
  }
}

/** The name under which the authorization is written, since case does not matter in header names. */
function authorizationName(headers) {
  return Object.keys(headers).find((name) => name.toLowerCase() === 'authorization') ?? null;
}

/** The bearer token in the headers, or null. */
export function bearerToken(headers) {
  const name = authorizationName(headers);
  const value = name === null ? null : headers[name];
  return typeof value === 'string' && value.startsWith(bearerPrefix)
    ? value.slice(bearerPrefix.length)
    : null;
}

export function hasAuthorization(headers) {
  return authorizationName(headers) !== null;
}

/** The headers with this token, or without any authorization when it is null. */
export function withToken(headers, token) {
  const name = authorizationName(headers);
  const others = Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
  return token === null ? others : { [name ?? 'Authorization']: bearerPrefix + token, ...others };
}

export function formatHeaders(headers) {
  return Object.keys(headers).length === 0 ? '' : JSON.stringify(headers, null, 2);
}
