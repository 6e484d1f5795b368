// Unpacks Chromium, with what it needs, from its package: unpack.mjs PACKAGE FOLDER.
//
// The package's own way goes through the machine's shared folder for temporary files, where anybody
// may have put something under that name before.
import { spawnSync } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const [from, to] = process.argv.slice(2).map((path) => resolve(path));

async function unpack(name, file) {
  await pipeline(
    createReadStream(join(from, "bin", `${name}.br`)),
    createBrotliDecompress(),
    createWriteStream(file, { mode: 0o755 }),
  );
}

async function untar(name, folder) {
  const archive = join(to, name);
  await mkdir(folder, { recursive: true });
  await unpack(name, archive);
  const { status, error } = spawnSync("tar", ["-xf", archive, "-C", folder], { stdio: "inherit" });
  if (status !== 0) {
    throw error ?? new Error(`tar could not unpack ${archive}.`);
  }
  await rm(archive);
}

// Chromium ends at the first letter where it finds no font, so it is told where these are.
async function nameFonts() {
  const text = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(to, "fonts")}</dir><cachedir>${join(to, "fonts-cache")}</cachedir></fontconfig>
`;
  await mkdir(join(to, "fontconfig"), { recursive: true });
  await writeFile(join(to, "fontconfig", "fonts.conf"), text);
}

await Promise.all([
  unpack("chromium", join(to, "chromium")),
  untar("al2023.tar", join(to, "libraries")),
  untar("swiftshader.tar", to),
  untar("fonts.tar", to),
  nameFonts(),
]);
await rm(from, { recursive: true });
