// A site with the compiled client, as a game would serve it, and the browser that visits it.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const types = { html: "text/html", js: "text/javascript" };

/** `pages`: path → HTML; beside them everything under /dist. */
export async function openSite(pages) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://site");
    const send = (type, body) => response.writeHead(200, { "Content-Type": types[type] }).end(body);
    if (pages[pathname]) return send("html", pages[pathname]);
    if (/^\/dist\/(\w+\/)?\w+\.js$/.test(pathname)) return send("js", readFileSync(new URL(`..${pathname}`, import.meta.url), "utf8"));
    response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

export const openBrowser = () => chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
