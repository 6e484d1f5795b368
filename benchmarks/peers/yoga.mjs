// GraphQL Yoga with its JIT plugin; its caches of parsed and validated documents are always on.
import { createServer } from "node:http";
import { useGraphQlJit } from "@envelop/graphql-jit";
import { createSchema, createYoga } from "graphql-yoga";
import { connections, loaders, reading } from "./data.mjs";
import { checking } from "./keys.mjs";
import { listening, told } from "./launch.mjs";
import { loading, roots, typeDefs } from "./schema.mjs";

const settings = await told();
const pool = connections(settings);
const data = reading(pool);
const check = checking(pool, settings);
const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers: { ...roots(data), ...loading } }),
  context: async ({ req }) => {
    const caller = await check(req.headers.authorization, req.socket.remoteAddress);
    return { caller, ...loaders(data, caller.owner) };
  },
  plugins: [useGraphQlJit()],
  graphiql: false,
  landingPage: false,
  logging: false,
  multipart: false,
});
const server = createServer(yoga);
server.listen(0, "127.0.0.1", () => listening(server.address().port));
