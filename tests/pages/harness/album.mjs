// The pictures of the pages, target/pages/FLOW/NAME-DEVICE-SCHEME.png, and a page to look through them.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../examples/harness/test.mjs";

const folder = join(root, "target/pages");
const PICTURE = /^(.+)-(phone|desktop)-(light|dark)\.png$/;

/** Takes out what these flows left the last time. */
export function startAlbum(flows) {
  for (const flow of flows) {
    rmSync(join(folder, flow), { recursive: true, force: true });
    mkdirSync(join(folder, flow), { recursive: true });
  }
}

/** Where a picture goes. */
export const pictureOf = (flow, name, device, scheme) => join(folder, flow, `${name.replace(/[^\w-]+/g, "-")}-${device}-${scheme}.png`);

/** Writes the page to look through them, and gives its path. */
export function bind() {
  const flows = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
  const chapter = (flow) => {
    const pictures = readdirSync(join(folder, flow)).filter((file) => PICTURE.test(file)).sort();
    const figures = pictures.map((file) => `<figure><a href="${flow}/${file}"><img loading="lazy" src="${flow}/${file}" alt=""></a><figcaption>${file.replace(PICTURE, "$1, $2, $3")}</figcaption></figure>`);
    return `<h2>${flow}</h2>\n<div>${figures.join("\n")}</div>`;
  };
  const style = "body{font:16px system-ui;margin:2rem}div{display:flex;flex-wrap:wrap;gap:1rem;align-items:start}figure{margin:0;width:20rem}img{width:100%;border:1px solid #888}";
  const path = join(folder, "index.html");
  writeFileSync(path, `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Pages</title><style>${style}</style>\n<h1>Pages</h1>\n${flows.map(chapter).join("\n")}\n</html>\n`);
  return path;
}
