// Mercurius with its JIT and its loaders, on Fastify.
import Fastify from "fastify";
import mercurius from "mercurius";
import { open } from "./data.mjs";
import { listening, ownerOf, told } from "./launch.mjs";
import { roots, typeDefs } from "./schema.mjs";

const settings = await told();
const data = open(settings);
const known = ownerOf(settings);
const app = Fastify();
const ids = (queries, name) => queries.map(({ obj }) => obj[name]);

await app.register(mercurius, {
  schema: typeDefs,
  resolvers: roots(data),
  loaders: {
    Invoice: {
      lines: {
        loader: (queries, { owner }) => data.lines(owner, ids(queries, "id")),
        opts: { cache: false },
      },
    },
    InvoiceLine: {
      product: {
        loader: (queries, { owner }) => data.productsOf(owner, ids(queries, "productId")),
        opts: { cache: false },
      },
    },
  },
  context: (request) => ({ owner: known(request.headers) }),
  jit: 1,
});
await app.listen({ host: "127.0.0.1", port: 0 });
listening(app.server.address().port);
