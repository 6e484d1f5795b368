// Apollo Server, on Fastify; its cache of documents is on as it comes.
import { ApolloServer } from "@apollo/server";
import fastifyApollo from "@as-integrations/fastify";
import Fastify from "fastify";
import { loaders, open } from "./data.mjs";
import { listening, ownerOf, told } from "./launch.mjs";
import { loading, roots, typeDefs } from "./schema.mjs";

const settings = await told();
const data = open(settings);
const known = ownerOf(settings);
const apollo = new ApolloServer({ typeDefs, resolvers: { ...roots(data), ...loading } });
const app = Fastify();

await apollo.start();
await app.register(fastifyApollo(apollo), {
  path: "/graphql",
  context: async (request) => {
    const owner = known(request.headers);
    return { owner, ...loaders(data, owner) };
  },
});
await app.listen({ host: "127.0.0.1", port: 0 });
listening(app.server.address().port);
