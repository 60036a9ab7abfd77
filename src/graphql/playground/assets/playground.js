/** Puts the page together: configuration, session, top bar, GraphiQL. */
import { send } from './api.js';
import { editorStorage } from './editor-storage.js';
import { exampleTabs, newTabQuery } from './examples.js';
import { createFetcher } from './fetcher.js';
import { createSession } from './session.js';
import { createTokenBridge } from './token-bridge.js';
import { showTopBar } from './top-bar.js';

const { React, ReactDOM, GraphiQL } = globalThis;
const config = JSON.parse(document.getElementById('playground-config').textContent);

// GraphiQL's dialogs insert one style element, and take the nonce that the policy asks for from here.
globalThis.__webpack_nonce__ = config.styleNonce;

const session = createSession(config.endpoint);
showTopBar(session, config);

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(
    GraphiQL,
    {
      fetcher: createFetcher(session, (operation, headers) => send(config.endpoint, operation, headers)),
      storage: editorStorage,
      shouldPersistHeaders: false,
      defaultTabs: exampleTabs,
      defaultQuery: newTabQuery,
      defaultEditorToolsVisibility: true,
      inputValueDeprecation: true,
      schemaDescription: true,
      toolbar: { additionalComponent: createTokenBridge(session) },
    },
    // The name stands in the bar above; GraphiQL's own would link to another site.
    React.createElement(GraphiQL.Logo, null, ' '),
  ),
);
