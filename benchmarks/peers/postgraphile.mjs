// PostGraphile 5, over tables that already hold what is shown; a wrapped plan keeps to the caller's.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { TYPES } from "postgraphile/@dataplan/pg";
import { makePgService } from "postgraphile/adaptors/pg";
import { context, lambda } from "postgraphile/grafast";
import { grafserv } from "postgraphile/grafserv/node";
import { sql } from "postgraphile/pg-sql2";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { wrapPlans } from "postgraphile/utils";
import { connections } from "./data.mjs";
import { checking, ownerWith } from "./keys.mjs";
import { listening, told } from "./launch.mjs";

const settings = await told();
const pool = connections(settings);
const check = checking(pool, settings);

function owned(scope) {
  return (plan) => {
    const $connection = plan();
    const $rows = $connection.getSubplan();
    const $owner = lambda(context().get("caller"), (caller) => ownerWith(caller, scope), true);
    const owner = $rows.placeholder($owner, TYPES.uuid);
    $rows.where(sql`${$rows.alias}.organization_id = ${owner}`);
    return $connection;
  };
}

const served = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [
    wrapPlans({
      Query: { allProducts: owned("products.read"), allInvoices: owned("invoices.read") },
    }),
  ],
  pgServices: [makePgService({ pool, schemas: ["shown"] })],
  schema: { defaultBehavior: "+connection +list" },
  grafast: {
    context: async ({ node: { req } }) => ({
      caller: await check(req.headers.authorization, req.socket.remoteAddress),
    }),
  },
  grafserv: { graphiql: false, watch: false },
});
const server = createServer();
await served.createServ(grafserv).addTo(server);
server.listen(0, "127.0.0.1", () => listening(server.address().port));
