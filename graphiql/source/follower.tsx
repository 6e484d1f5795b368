// Follows the key in the header editor: a new one fetches the schema, and new tabs get it too.
import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect, useRef } from "react";

import { EMPTY_HEADERS, tokenIn } from "./key";

export function KeyFollower() {
  const editor = useGraphiQL((state) => state.headerEditor);
  const tab = useGraphiQL((state) => state.activeTabIndex);
  const { introspect } = useGraphiQLActions();
  const headers = useRef(EMPTY_HEADERS);

  useEffect(() => {
    const listener = editor?.onDidChangeModelContent(() => {
      const before = tokenIn(headers.current);
      const now = tokenIn(editor.getValue());
      if (now !== null) {
        headers.current = editor.getValue();
      }
      if (now !== null && now !== before) {
        void introspect();
      }
    });
    return () => listener?.dispose();
  }, [editor, introspect]);

  useEffect(() => {
    if (editor?.getValue() === EMPTY_HEADERS && headers.current !== EMPTY_HEADERS) {
      editor.setValue(headers.current);
    }
  }, [editor, tab]);

  return null;
}
