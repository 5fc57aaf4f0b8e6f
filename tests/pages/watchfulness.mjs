// Whoever watches the others is watched here: a page with every fault that a page must not have, each of which is found.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { look } from "./harness/sight.mjs";

const PAGE = `<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title></title>
<script src="/throws.js"></script><script src="/gone.js"></script></head>
<body><main style="color: #ccc"><h1>One</h1><h1>Two</h1><p class="pale">{{ name }}</p>
<input id="nameless" aria-invalid="true"><button onclick="void 0">Press</button>
<a href="/elsewhere">A link</a><div class="wide">wide</div></main>
<script>document.title = "inline"</script></body></html>`;
const STYLE = ".wide { width: 900px } .pale { color: #ccc; background: #fff } a:focus { outline: none }";
const SCRIPT = `addEventListener("load", () => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(${JSON.stringify(STYLE)});
  document.adoptedStyleSheets = [sheet];
  console.error("a complaint");
  eval("1");
});`;

/** Serves it with a policy that allows too much, and yet not everything that the page does. */
async function faultyServer() {
  const answers = {
    "/": { "content-type": "text/html", "content-security-policy": "default-src 'self' https://elsewhere.example; style-src 'unsafe-inline'; require-trusted-types-for 'script'; trusted-types 'none'" },
    "/throws.js": { "content-type": "text/javascript" },
  };
  const server = createServer((request, response) => {
    const headers = answers[request.url];
    if (!headers) return response.writeHead(500).end();
    response.writeHead(200, headers).end(request.url === "/" ? PAGE : SCRIPT);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close().closeAllConnections() };
}

export default async function (story) {
  const server = await faultyServer();
  const stranger = await story.person("a stranger", server, { locale: "en-GB" });
  await stranger.opens("/");
  const seen = await look(stranger.page, { flow: story.flow, name: "faulty", device: story.device, words: stranger.words });
  const finds = (what, faults, pattern) => story.check(`finds ${what}`, () => assert.match(faults.join("\n"), pattern));
  await finds("a title that is empty", seen, /it has no title/);
  await finds("a language that is not the one asked for", seen, /its language is fr, not en/);
  await finds("two headings of the first level", seen, /2 headings of the first level/);
  await finds("a wrong field that is not told what is wrong", seen, /not told what is wrong: <input id="nameless"/);
  await finds("a place that was not filled in", seen, /not filled in: \{\{ name \}\}/);
  await finds("a field without a label", seen, /critical: label:/);
  await finds("too little contrast", seen, /serious: color-contrast:/);
  if (story.device === "phone") await finds("what is wider than the screen", seen, /900.* px wide on 320 px.*class="wide"|9\d\d px wide on 320 px/);
  await story.check("finds a focus that cannot be seen", () => assert.rejects(stranger.tabsTo("link", "nowhere"), /the focus cannot be seen on link "A link"/));

  await stranger.watch.bodies();
  const { faults } = stranger.watch;
  await finds("a script that throws", faults, /EvalError/);
  await finds("a complaint on the console", faults, /logged: a complaint/);
  await finds("a violation of the policy", faults, /logged: CSP script-src/);
  await finds("an answer that is an error", faults, /GET \/gone\.js answered 500/);
  await finds("a policy that allows what is inline", faults, /style-src allows 'unsafe-inline'/);
  await finds("a policy that allows what is foreign", faults, /default-src allows https:\/\/elsewhere\.example/);
  await finds("a policy that lets others frame the page", faults, /frame-ancestors is not 'none'/);
  await finds("a style inline", faults, /a style inline: <main/);
  await finds("a handler inline", faults, /a handler inline: <button/);
  await finds("a script inline", faults, /a script inline: <script>/);
  story.keepsSecret("adoptedStyleSheets");
  await story.check("finds a secret in an answer", () => assert.rejects(story.judge(), /throws\.js holds the secret adop…/));
  await story.forget();
  server.stop();
}
