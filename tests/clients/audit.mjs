// Runs the server audit of graphql-http: audit.mjs URL TOKEN. Prints a list of what each audit came to.
import { auditServer } from "graphql-http";

const [url, token] = process.argv.slice(2);

function fetchFn(input, init = {}) {
  return fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
}

const results = await auditServer({ url, fetchFn });
const shown = results.map(({ id, name, status, reason }) => ({ id, name, status, reason }));
console.log(JSON.stringify(shown));
