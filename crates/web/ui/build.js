// Builds everything the binary embeds into dist/: one style sheet, three scripts, one icon sprite, one favicon.
// The names are plain here; build.rs adds the fingerprint.
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { PurgeCSS } from "purgecss";

const here = path.dirname(fileURLToPath(import.meta.url));
const web = path.dirname(here);
const dist = path.join(here, "dist");
const require = createRequire(import.meta.url);
const target = ["chrome109", "firefox115", "safari16"];

/** Every file under `folder` with one of the `endings`. */
async function files(folder, endings) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Tabler, reduced to the classes that a template, a view or a script names. */
async function tabler() {
  const sheet = require.resolve("@tabler/core/dist/css/tabler.min.css");
  const content = [
    ...(await files(path.join(web, "templates"), [".html"])),
    ...(await files(path.join(web, "src"), [".rs"])),
    ...(await files(path.join(here, "src"), [".js"])),
  ];
  const [result] = await new PurgeCSS().purge({
    content,
    css: [sheet],
    safelist: { greedy: [/data-bs-theme/] },
    defaultExtractor: (text) => text.match(/[A-Za-z0-9_-]+/g) ?? [],
    keyframes: true,
    variables: true,
  });
  return result.css;
}

/** One `<symbol>` per name in icons.txt, drawn with the colour of the text around it. */
async function sprite() {
  const names = (await readFile(path.join(here, "src", "icons.txt"), "utf8")).split(/\s+/).filter(Boolean).sort();
  const symbols = await Promise.all(
    names.map(async (name) => {
      const svg = await readFile(require.resolve(`@tabler/icons/outline/${name}.svg`), "utf8");
      const body = svg
        .slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"))
        .replace(/<path stroke="none"[^>]*>/, "")
        .replace(/\s*\n\s*/g, "");
      return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${body}</symbol>`;
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
const shared = { bundle: true, minify: true, target, legalComments: "none", logLevel: "warning", absWorkingDir: here };
await Promise.all([
  esbuild.build({ ...shared, entryPoints: ["src/app.js"], format: "esm", outfile: path.join(dist, "app.js") }),
  esbuild.build({ ...shared, entryPoints: ["src/head.js"], format: "iife", outfile: path.join(dist, "head.js") }),
  esbuild.build({ ...shared, entryPoints: ["src/work.js"], format: "iife", outfile: path.join(dist, "work.js") }),
  tabler().then(async (base) => {
    const own = await readFile(path.join(here, "src", "app.css"), "utf8");
    const { code } = await esbuild.transform(`${base}\n${own}`, { loader: "css", minify: true, target });
    await writeFile(path.join(dist, "app.css"), code);
  }),
  sprite().then((svg) => writeFile(path.join(dist, "icons.svg"), svg)),
  copyFile(path.join(here, "src", "favicon.svg"), path.join(dist, "favicon.svg")),
]);
