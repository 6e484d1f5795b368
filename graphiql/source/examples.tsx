// The example operations, and the pane that puts one of them into the editor.
import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { Kind, type OperationDefinitionNode, parse } from "graphql";

interface Example {
  name: string;
  query: string;
}

const FILES = import.meta.glob<string>("../examples/*.graphql", {
  eager: true,
  import: "default",
  query: "?raw",
});

// The files' names are in the order that the pane shows: "10-products.graphql".
export const EXAMPLES: Example[] = Object.keys(FILES)
  .sort()
  .map((path) => ({ name: nameOf(path), query: FILES[path] ?? "" }));

export const examplesPlugin: GraphiQLPlugin = {
  title: "Examples",
  icon: () => (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M5 4h14v16H5zM9 9h6M9 13h6M9 17h3" />
    </svg>
  ),
  content: ExampleList,
};

function nameOf(path: string): string {
  const words = path.replace(/^.*\/\d+-/, "").replace(/\.graphql$/, "").replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function isOperation(definition: { kind: Kind }): definition is OperationDefinitionNode {
  return definition.kind === Kind.OPERATION_DEFINITION;
}

function ExampleList() {
  const editor = useGraphiQL((state) => state.queryEditor);
  const { setOperationFacts } = useGraphiQLActions();

  // GraphiQL reads the editor a moment later, and until then would run what was there before.
  function show(query: string) {
    editor?.setValue(query);
    const documentAST = parse(query);
    const operations = documentAST.definitions.filter(isOperation);
    setOperationFacts({ documentAST, operations, operationName: operations[0]?.name?.value ?? "" });
  }

  return (
    <section aria-label="Examples">
      <h2>Examples</h2>
      <p>Each replaces what the editor of this tab holds.</p>
      <ul className="examples">
        {EXAMPLES.map(({ name, query }) => (
          <li key={name}>
            <button type="button" className="graphiql-un-styled" onClick={() => show(query)}>
              {name}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
