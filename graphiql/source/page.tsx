// The page: a line on keys, and GraphiQL below it.
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL } from "graphiql";

import { EXAMPLES, examplesPlugin } from "./examples";
import { fetcher } from "./fetcher";
import { KeyFollower } from "./follower";
import { EMPTY_HEADERS } from "./key";

// Without the history, which would keep each request's headers, and so the key.
const PLUGINS = [explorerPlugin(), examplesPlugin];

export function Page() {
  return (
    <>
      <Banner />
      <main>
        <GraphiQL
          fetcher={fetcher}
          plugins={PLUGINS}
          defaultEditorToolsVisibility="headers"
          defaultHeaders={EMPTY_HEADERS}
          defaultQuery={EXAMPLES[0]?.query ?? ""}
          // Headers are never stored, nor can a reader turn that on: they hold the key.
          shouldPersistHeaders={false}
          showPersistHeadersSettings={false}
          // The rest goes with the tab, so that a borrowed machine keeps nothing.
          storage={window.sessionStorage}
        >
          <GraphiQL.Logo>Tollhouse</GraphiQL.Logo>
          <GraphiQL.Footer>
            <KeyFollower />
          </GraphiQL.Footer>
        </GraphiQL>
      </main>
    </>
  );
}

function Banner() {
  return (
    <header className="banner">
      Paste an API key after <code>Bearer</code> under Headers. The first <code>make run</code> prints
      three for a demo organization; <code>tollhouse keys create</code> makes more. It is kept in this
      page only, until you reload or close it.
    </header>
  );
}
