// How the page is built: whole, from what is installed here, with nothing left to fetch elsewhere.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const FOLDER = join(import.meta.dirname, "dist");
const SHRINKS = /\.(css|html|js|md|svg|ttf)$/;

// Browsers take brotli over TLS only, and gzip always: so there is one packed form.
async function pack(file: string): Promise<void> {
  const packed = await promisify(gzip)(await readFile(file), { level: 9 });
  await writeFile(`${file}.gz`, packed);
}

function packed(): Plugin {
  return {
    name: "packed",
    async closeBundle() {
      const files = await readdir(FOLDER, { recursive: true });
      await Promise.all(files.filter((file) => SHRINKS.test(file)).map((file) => pack(join(FOLDER, file))));
    },
  };
}

export default defineConfig({
  base: "/graphiql/",
  plugins: [react(), packed()],
  worker: { format: "es" },
  build: {
    outDir: FOLDER,
    // What is bundled is other people's: their licenses go with it.
    license: { fileName: "licenses.md" },
    chunkSizeWarningLimit: 5000,
    // Some packages have a "use no memo" for React's compiler, which isn't used here.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
    reportCompressedSize: false,
  },
});
