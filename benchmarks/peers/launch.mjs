// What all peers share: they are told on standard input what to use, and end where it ends.
import { createInterface } from "node:readline";

// The first line that comes in: the database, and the token that is known with its organization.
export function told() {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin });
    lines.once("line", (line) => resolve(JSON.parse(line)));
    lines.once("close", () => process.exit());
  });
}

// The check of a key, as simple as can be: one look into memory.
export function ownerOf({ token, owner }) {
  const known = new Map([[`Bearer ${token}`, owner]]);
  return (headers) => {
    const found = known.get(headers.authorization);
    if (!found) throw new Error("This token is unknown.");
    return found;
  };
}

// Tells the port, for whoever started this process.
export function listening(port) {
  process.stdout.write(`${port}\n`);
}
