// Follows an operation with a reference client: follow.mjs events|socket URL TOKEN QUERY.
//
// Prints a line of JSON for each thing that the client tells of.
import { createClient as createEvents } from "graphql-sse";
import { createClient as createSocket } from "graphql-ws";
import WebSocket from "ws";

const [over, url, token, query] = process.argv.slice(2);
const authorization = `Bearer ${token}`;
// A second try must not be waited for.
const retryWait = async () => {};

function say(what, details = null) {
  console.log(JSON.stringify([what, details]));
}

// What each client makes of a failure: an answer's status, a socket's end, or errors.
async function reason(error) {
  if (error.response) {
    return [error.response.status, await error.response.json()];
  }
  return error.code ? [error.code, error.reason] : (error.message ?? error);
}

const clients = {
  events: () =>
    createEvents({
      url,
      headers: { authorization },
      retryAttempts: 3,
      retry: retryWait,
      on: { connecting: (again) => say("connecting", again) },
    }),
  socket: () =>
    createSocket({
      url: url.replace("http", "ws"),
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 3,
      retryWait,
      on: { connecting: (again) => say("connecting", again) },
    }),
};

const client = clients[over]();
const stop = client.subscribe(
  { query },
  {
    next: (result) => say("next", result),
    error: async (error) => say("error", await reason(error)),
    complete: () => say("complete"),
  },
);
// A line to read, or the end of what there is to read, stops it as a page does that is left.
process.stdin.once("data", stop);
process.stdin.once("end", () => client.dispose());
