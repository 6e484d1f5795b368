// Apollo Server on Fastify; its cache of documents is on as it comes, hints for other caches are off.
import { ApolloServer } from "@apollo/server";
import { ApolloServerPluginCacheControlDisabled } from "@apollo/server/plugin/disabled";
import fastifyApollo from "@as-integrations/fastify";
import Fastify from "fastify";
import { connections, loaders, reading } from "./data.mjs";
import { checking } from "./keys.mjs";
import { listening, told } from "./launch.mjs";
import { loading, roots, typeDefs } from "./schema.mjs";

const settings = await told();
const pool = connections(settings);
const data = reading(pool);
const check = checking(pool, settings);
const apollo = new ApolloServer({
  typeDefs,
  resolvers: { ...roots(data), ...loading },
  plugins: [ApolloServerPluginCacheControlDisabled()],
});
const app = Fastify();

await apollo.start();
await app.register(fastifyApollo(apollo), {
  path: "/graphql",
  context: async ({ headers, ip }) => {
    const caller = await check(headers.authorization, ip);
    return { caller, ...loaders(data, caller.owner) };
  },
});
await app.listen({ host: "127.0.0.1", port: 0 });
listening(app.server.address().port);
