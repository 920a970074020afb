// Builds the widget into var/build: the loader widget.js, and the part that its first opening asks for.
import { gzipSync } from "node:zlib";
import { basename, dirname, join } from "node:path";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "..", "var", "build");
const parts = join(out, "widget");
const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: "es2022",
  loader: { ".css": "text" },
  legalComments: "none", // LICENSES.txt holds them whole
  metafile: true,
  logLevel: "warning",
};

rmSync(parts, { recursive: true, force: true });
mkdirSync(parts, { recursive: true });

const list = await build({
  ...common,
  entryPoints: { list: "src/list.js" },
  format: "esm",
  outdir: parts,
  entryNames: "[name]-[hash]",
});
const listName = basename(Object.keys(list.metafile.outputs)[0]);
const loader = await build({
  ...common,
  entryPoints: ["src/loader.js"],
  format: "iife",
  outfile: join(out, "widget.js"),
  define: { LIST_PART: JSON.stringify(listName) },
  banner: { js: "/*! Third parties' licences: widget/LICENSES.txt */" },
});

writeFileSync(join(parts, "LICENSES.txt"), readLicences([list, loader]));
for (const path of [join(out, "widget.js"), join(parts, listName)]) writeCompressed(path);

/** @param {string} path */
function writeCompressed(path) {
  const content = readFileSync(path);
  const squeezed = gzipSync(content, { level: 9 });
  writeFileSync(`${path}.gz`, squeezed);
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  console.log(`${basename(path)}  ${kilobytes(content.length)}, gzip ${kilobytes(squeezed.length)}`);
}

/** The licence of every package that went into the bundles. */
function readLicences(results) {
  const inputs = results.flatMap((each) => Object.keys(each.metafile.inputs));
  const folders = new Set(inputs.map((path) => path.match(/.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]).filter(Boolean));
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(here, folder, "package.json"), "utf8"));
    const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license"].map((each) => join(here, folder, each)).find(existsSync);
    return `${name} ${version} (${license})\n\n${file ? readFileSync(file, "utf8").trim() : ""}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}
