// How operations reach the API: by HTTP, and subscriptions by WebSocket.
import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";

import { tokenIn } from "./key";

const API = new URL("/graphql", window.location.href);
const SOCKET = new URL(API);
SOCKET.protocol = API.protocol.replace("http", "ws");

const send = createGraphiQLFetcher({
  url: API.href,
  subscriptionUrl: SOCKET.href,
  enableIncrementalDelivery: false,
});

// The schema is for known callers: asking without a key would only show a refusal.
export const fetcher: Fetcher = (params, options) => {
  if (params.operationName === "IntrospectionQuery" && tokenIn(options?.headers) === null) {
    throw new Error("The schema is shown once there is an API key under Headers.");
  }
  return send(params, options);
};
