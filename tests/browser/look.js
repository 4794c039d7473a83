// What can be held against any page: the rules of axe, and that nothing is wider than the window.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds on the page, one line a place. */
export async function axe(page) {
  const found = await page.evaluate((tags) => window.axe.run(document, { runOnly: { type: "tag", values: tags } }), RULES);
  const told = (rule, node) => `${rule.id}: ${node.target.join(" ")} ${node.failureSummary.split("\n").slice(1, 2).join("")}`;
  return found.violations.flatMap((rule) => rule.nodes.map((node) => told(rule, node)));
}

/** A window that brings axe along. */
export async function withAxe(page) {
  await page.context().addInitScript({ content: await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8") });
}

/** What is wider than the window. */
export function overflow(page) {
  return page.evaluate(() => {
    const root = document.documentElement;
    const scrolls = (element) => element.scrollWidth > element.clientWidth + 1;
    const inner = [...document.querySelectorAll("main, main section, main form, main table")].filter(scrolls);
    return [...(scrolls(root) ? [root] : []), ...inner].map((e) => `${e.tagName}.${e.className} ${e.scrollWidth} > ${e.clientWidth}`);
  });
}

/** Both. */
export async function flaws(page) {
  return [...(await axe(page)), ...(await overflow(page)).map((line) => `too wide: ${line}`)];
}
