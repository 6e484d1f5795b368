// GraphQL Yoga with its JIT plugin; its caches of parsed and validated documents are always on.
import { createServer } from "node:http";
import { useGraphQlJit } from "@envelop/graphql-jit";
import { createSchema, createYoga } from "graphql-yoga";
import { loaders, open } from "./data.mjs";
import { listening, ownerOf, told } from "./launch.mjs";
import { loading, roots, typeDefs } from "./schema.mjs";

const settings = await told();
const data = open(settings);
const known = ownerOf(settings);
const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers: { ...roots(data), ...loading } }),
  context: ({ req }) => {
    const owner = known(req.headers);
    return { owner, ...loaders(data, owner) };
  },
  plugins: [useGraphQlJit()],
  graphiql: false,
  logging: false,
});
const server = createServer(yoga);
server.listen(0, "127.0.0.1", () => listening(server.address().port));
