// Mercurius with its JIT and its loaders, on Fastify.
import Fastify from "fastify";
import mercurius from "mercurius";
import { connections, reading } from "./data.mjs";
import { checking } from "./keys.mjs";
import { listening, told } from "./launch.mjs";
import { roots, typeDefs } from "./schema.mjs";

const settings = await told();
const pool = connections(settings);
const data = reading(pool);
const check = checking(pool, settings);
const app = Fastify();
const ids = (queries, name) => queries.map(({ obj }) => obj[name]);
// Without its cache of one request, which makes a text of each object to find it by: no row is
// asked for twice here.
const opts = { cache: false };

await app.register(mercurius, {
  schema: typeDefs,
  resolvers: roots(data),
  loaders: {
    Invoice: {
      lines: {
        loader: (queries, { caller }) => data.lines(caller.owner, ids(queries, "id")),
        opts,
      },
    },
    InvoiceLine: {
      product: {
        loader: (queries, { caller }) => data.productsOf(caller.owner, ids(queries, "productId")),
        opts,
      },
    },
  },
  context: async ({ headers, ip }) => ({ caller: await check(headers.authorization, ip) }),
  jit: 1,
});
await app.listen({ host: "127.0.0.1", port: 0 });
listening(app.server.address().port);
