// Puts the page together: node build.mjs OUTPUT.hpp
// Style and script are bundled into it, so that it asks for nothing else; the header holds it as it is served.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const bundle = async (entry) => {
  const options = { bundle: true, minify: true, format: "esm", target: "es2022", legalComments: "none" };
  const result = await build({ ...options, entryPoints: [here(entry)], write: false });
  return result.outputFiles[0].text.trim();
};
const digest = (text) => createHash("sha256").update(text).digest();
const source = (text) => `'sha256-${digest(text).toString("base64")}'`;

const [script, style, template, license] = await Promise.all([
  bundle("main.js"),
  bundle("styles.css"),
  readFile(here("page.html"), "utf8"),
  readFile(here("node_modules/uplot/LICENSE"), "utf8"),
]);
const parts = { script, style, license: license.trim() };
const page = template.replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name]);

const policy = [
  "default-src 'none'",
  `script-src ${source(script)}`,
  `style-src ${source(style)}`,
  "img-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

const raw = (text) => `R"page(${text})page"`;
await writeFile(
  process.argv[2],
  `// Written by server/web/build.mjs.
#pragma once

#include <string_view>

namespace lastbeat::web {

inline constexpr std::string_view kEtag = ${raw(`"${digest(page).toString("hex").slice(0, 16)}"`)};
inline constexpr std::string_view kSecurityPolicy = ${raw(policy)};
inline constexpr std::string_view kHtml = ${raw(page)};

}  // namespace lastbeat::web
`,
);
