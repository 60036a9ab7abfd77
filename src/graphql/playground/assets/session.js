/**
 * Who is signed in, and the token that proves it.
 *
 * The tokens live in memory. They rest in sessionStorage only from leaving the page until it is loaded
 * again, so that a reload keeps the session while a duplicated browser tab, which copies sessionStorage,
 * does not get the same refresh token: its second use would end the session in both.
 */
import { request } from './api.js';
import { viewerFields } from './examples.js';

const storageKey = 'ringfence:playground:session';

/** How long before its expiry a token is renewed; a token that lives less than twice as long, at half time. */
const renewalMarginMilliseconds = 60_000;
/** How soon a renewal is tried again that the network or a busy server prevented. */
const retryMilliseconds = 10_000;

const issuedFields = `accessToken accessTokenExpiresAt refreshToken viewer { ${viewerFields} }`;
const signInMutation = `mutation SignIn($input: SignInInput!) { signIn(input: $input) { ${issuedFields} } }`;
const completeSignInMutation = `mutation CompleteSignIn($input: CompleteSignInInput!) {
  completeSignIn(input: $input) { ${issuedFields} recoveryCodes }
}`;
const refreshMutation = `mutation RefreshSession($input: RefreshSessionInput) {
  refreshSession(input: $input) { ${issuedFields} }
}`;
const signOutMutation = 'mutation SignOut { signOut { signedOut } }';

export function createSession(endpoint) {
  const listeners = new Set();
  const issuedTokens = new Set();
  let current = null;
  let renewal = null;
  let timer;

  const bearer = () => ({ Authorization: `Bearer ${current.accessToken}` });

  function become(session, event) {
    current = session;
    clearTimeout(timer);
    if (session !== null) {
      issuedTokens.add(session.accessToken);
      timer = setTimeout(renew, Math.max(0, session.renewAt - Date.now()));
    }
    for (const listener of listeners) listener(event);
  }

  function keep(issued, serverTime, email) {
    const lifetime = Date.parse(issued.accessTokenExpiresAt) - serverTime;
    const margin = Math.min(renewalMarginMilliseconds, lifetime / 2);
    return { ...issued, email, renewAt: Date.now() + lifetime - margin };
  }

  async function signIn(input) {
    // The session left behind ends first: were it ended later, the answer would clear the new one's cookie.
    if (current !== null) await request(endpoint, signOutMutation, {}, bearer()).catch(() => {});
    try {
      const { data, serverTime } = await request(endpoint, signInMutation, { input });
      become(keep(data.signIn, serverTime, input.email), { type: 'signed-in' });
    } catch (error) {
      if (current !== null) become(null, { type: 'signed-out' });
      throw error;
    }
  }

  /** After SECOND_FACTOR_REQUIRED. Answers recovery codes where a second factor has been set up, and null otherwise. */
  async function completeSignIn(input, email) {
    const { data, serverTime } = await request(endpoint, completeSignInMutation, { input });
    const { recoveryCodes, ...issued } = data.completeSignIn;
    become(keep(issued, serverTime, email), { type: 'signed-in' });
    return recoveryCodes;
  }

  async function signOut() {
    // Whatever the API answers, the token leaves this page.
    await request(endpoint, signOutMutation, {}, bearer()).catch(() => {});
    become(null, { type: 'signed-out' });
  }

  /** One renewal at a time: a refresh token works once, and its second use ends the session. */
  function renew() {
    renewal ??= renewOnce().finally(() => {
      renewal = null;
    });
    return renewal;
  }

  async function renewOnce() {
    const renewed = current;
    // Without a refresh token of our own the API has put it into a cookie.
    const input = renewed.refreshToken === null ? {} : { refreshToken: renewed.refreshToken };
    try {
      const { data, serverTime } = await request(endpoint, refreshMutation, { input });
      if (current !== renewed) return;
      become(keep(data.refreshSession, serverTime, renewed.email), { type: 'renewed' });
    } catch (error) {
      if (current !== renewed) return;
      if (error.code === 'UNAUTHENTICATED') become(null, { type: 'ended' });
      else timer = setTimeout(renew, retryMilliseconds);
    }
  }

  /** The token to send now, renewed first when the timer has overslept with the machine. */
  async function freshToken() {
    if (current !== null && Date.now() >= current.renewAt) await renew();
    return current?.accessToken ?? null;
  }

  function rest() {
    if (current !== null) sessionStorage.setItem(storageKey, JSON.stringify(current));
  }

  function wake() {
    const rested = sessionStorage.getItem(storageKey);
    sessionStorage.removeItem(storageKey);
    if (current === null && rested !== null) become(JSON.parse(rested), { type: 'restored' });
  }

  addEventListener('pagehide', rest);
  addEventListener('pageshow', wake);
  wake();

  return {
    signIn,
    completeSignIn,
    signOut,
    freshToken,
    /** Who is signed in: the viewer, and the email that was used. Null when nobody is. */
    who: () => (current === null ? null : { viewer: current.viewer, email: current.email }),
    token: () => current?.accessToken ?? null,
    /** Whether this page was given the token, now or earlier: such a token may be replaced or taken away. */
    isOurs: (token) => issuedTokens.has(token),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
