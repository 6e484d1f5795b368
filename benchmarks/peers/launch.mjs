// What all peers share: they are told on standard input what to use, and end where it ends.
import { createInterface } from "node:readline";

// The first line that comes in: the database, and the peppers of its keys.
export function told() {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin });
    lines.once("line", (line) => resolve(JSON.parse(line)));
    lines.once("close", () => process.exit());
  });
}

// Tells the port, for whoever started this process.
export function listening(port) {
  process.stdout.write(`${port}\n`);
}
