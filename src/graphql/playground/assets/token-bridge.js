/**
 * Brings the token of the session into GraphiQL's header editor, where it can be seen and is used.
 *
 * GraphiQL has one header editor for all tabs and fills it anew when a tab is opened, switched to or called
 * back from the history. Watching the editor for these fills reaches every tab, also those made later.
 * What somebody types is left alone, so a request can still be made without the token or with another.
 */
import { bearerToken, formatHeaders, hasAuthorization, parseHeaders, withToken } from './headers.js';

/** Changes that are of a person have another origin in CodeMirror. */
const filledByProgram = 'setValue';

/** A component without a view that lives inside GraphiQL, because only there its editors can be had. */
export function createTokenBridge(session) {
  const { useEffect, useRef } = globalThis.React;
  const { useEditorContext, useSchemaContext } = globalThis.GraphiQL.React;

  return function TokenBridge() {
    const { headerEditor, responseEditor, tabs } = useEditorContext({ nonNull: true });
    const { introspect } = useSchemaContext({ nonNull: true });
    const latest = useRef({});
    latest.current = { responseEditor, tabs, introspect };

    useEffect(() => {
      if (!headerEditor) return undefined;

      const onFill = (editor, change) => {
        if (change.origin === filledByProgram) settle(editor);
      };
      const stopListening = session.onChange(({ type }) => {
        settle(headerEditor, { overrule: type === 'signed-in' });
        if (type !== 'renewed') forgetResponses(latest.current);
        if (type === 'signed-in') latest.current.introspect();
      });
      headerEditor.on('change', onFill);
      settle(headerEditor);
      return () => {
        headerEditor.off('change', onFill);
        stopListening();
      };
    }, [headerEditor]);

    return null;
  };

  function settle(headerEditor, { overrule = false } = {}) {
    const text = headerEditor.getValue();
    const headers = parseHeaders(text);
    if (headers === null) return;
    const isTheirs = hasAuthorization(headers) && !session.isOurs(bearerToken(headers));
    if (isTheirs && !overrule) return;
    const settled = withToken(headers, session.token());
    if (bearerToken(settled) !== bearerToken(headers)) headerEditor.setValue(formatHeaders(settled));
  }
}

/**
 * Takes away what was answered to somebody else, in every tab: rows that the one who is signed in now may
 * not see must not stand under their name. GraphiQL has no call for tabs that are not open; it reads these
 * objects when one is.
 */
function forgetResponses({ responseEditor, tabs }) {
  for (const tab of tabs) tab.response = null;
  responseEditor?.setValue('');
}
