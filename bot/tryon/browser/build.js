// Builds try-on in the browser into var/build/try-on: one script, and LiteRT's runtime beside it, both compressed too.
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { basename, dirname, join } from "node:path";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "..", "..", "var", "build", "try-on");
const runtime = join(here, "node_modules", "@litertjs", "core", "wasm");
// The second of each is for browsers without relaxed SIMD (Safari).
const PARTS = ["litert_wasm_internal", "litert_wasm_compat_internal"].flatMap((name) => [`${name}.js`, `${name}.wasm`]);

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const made = await build({
  absWorkingDir: here,
  entryPoints: ["src/page.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  outfile: join(out, "try-on.js"),
  legalComments: "none", // LICENSES.txt holds them whole
  metafile: true,
  logLevel: "warning",
  banner: { js: "/*! Third parties' licences: LICENSES.txt */" },
});
for (const name of PARTS) copyFileSync(join(runtime, name), join(out, name));
writeFileSync(join(out, "LICENSES.txt"), readLicences(made));
for (const name of ["try-on.js", ...PARTS]) writeCompressed(join(out, name));

/** @param {string} path */
function writeCompressed(path) {
  const content = readFileSync(path);
  const squeezed = gzipSync(content, { level: 9 });
  writeFileSync(`${path}.gz`, squeezed);
  const tighter = brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
  writeFileSync(`${path}.br`, tighter);
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  console.log(`${basename(path)}  ${kilobytes(content.length)}, gzip ${kilobytes(squeezed.length)}, brotli ${kilobytes(tighter.length)}`);
}

/** The licence of every package that went into the bundle. */
function readLicences({ metafile }) {
  const folders = new Set(Object.keys(metafile.inputs).map((path) => path.match(/.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]).filter(Boolean));
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(here, folder, "package.json"), "utf8"));
    const file = ["LICENSE", "LICENSE.md", "LICENSE.txt"].map((each) => join(here, folder, each)).find(existsSync);
    return `${name} ${version} (${license})\n\n${file ? readFileSync(file, "utf8").trim() : ""}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}
