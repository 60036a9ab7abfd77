/**
 * What GraphiQL remembers in localStorage: tabs, history, theme, sizes. Never headers, for a token stands in
 * them. Tabs come without when GraphiQL is told so, but its history would write them down.
 */

const namespace = 'ringfence:playground:';
const historyKeys = ['graphiql:queries', 'graphiql:favorites'];

export const editorStorage = {
  getItem: (key) => localStorage.getItem(namespace + key),
  setItem: (key, value) => {
    localStorage.setItem(namespace + key, historyKeys.includes(key) ? withoutHeaders(value) : value);
  },
  removeItem: (key) => localStorage.removeItem(namespace + key),
  get length() {
    return ownKeys().length;
  },
  clear() {
    for (const key of ownKeys()) localStorage.removeItem(key);
  },
};

function withoutHeaders(history) {
  return JSON.stringify(JSON.parse(history), (key, value) => (key === 'headers' ? undefined : value));
}

function ownKeys() {
  return Object.keys(localStorage).filter((key) => key.startsWith(namespace));
}
