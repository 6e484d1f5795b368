// PostGraphile 5, over tables that already hold what is shown; the query names the organization.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { listening, ownerOf, told } from "./launch.mjs";

const settings = await told();
const known = ownerOf(settings);
const poolConfig = { ...settings.database, max: 10 };
const served = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ poolConfig, schemas: ["shown"] })],
  schema: { defaultBehavior: "+connection +list" },
  grafast: { context: ({ node }) => ({ owner: known(node.req.headers) }) },
  grafserv: { graphiql: false, watch: false },
});
const server = createServer();
await served.createServ(grafserv).addTo(server);
server.listen(0, "127.0.0.1", () => listening(server.address().port));
