// An operator has the pages look and speak as the rest of the site: a theme, a logo, a page and some words of their own, and French.
import assert from "node:assert/strict";

const THEME = `:root { --accent: #7a1fa2; --radius: 2px; --font: Georgia, serif; }
@media (prefers-color-scheme: dark) { :root { --accent: #d9a6f0; --accent-text: #26062f; } }
.tagline { border-left: 4px solid var(--accent); padding-left: 0.75rem; }`;
const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 32"><rect width="96" height="32" fill="#7a1fa2"/></svg>`;
const HOME = `{% extends "card.html" %}
{% block scripts %}<script type="module" src="{{ assets }}/greeting.js"></script>{% endblock %}
{% block card %}
<h1>{{ t.home.title }}</h1>
<p class="tagline" id="tagline" data-name="{{ app_name }}"></p>
{% if not user %}<a class="button primary" href="{{ onward.sign_in }}">{{ t.common.sign_in }}</a>{% endif %}
{% endblock %}`;
const SCRIPT = `import { byId } from "./ui.js";
const tagline = byId("tagline");
tagline.textContent = \`Library of \${tagline.dataset.name}\`;`;
const FRENCH = `[common]
skip = "Aller au contenu"
navigation = "Menu principal"
languages = "Langues"
sign_in = "Se connecter"
sign_up = "S'inscrire"

[home]
title = "Bienvenue"`;
const GREETING = { en: "The reading room is open", de: "Der Lesesaal ist offen" };

export default async function (story) {
  const house = await story.house({ files: {
    "assets/theme.css": THEME,
    "assets/logo.svg": LOGO,
    "assets/greeting.js": SCRIPT,
    "templates/home.html": HOME,
    "messages/fr.toml": FRENCH,
    ...Object.fromEntries(Object.entries(GREETING).map(([language, title]) => [`messages/${language}.toml`, `[home]\ntitle = "${title}"`])),
  } });
  const ada = await story.person("Ada", house);
  await ada.opens("/");
  await ada.seesA("heading", GREETING[ada.words.language]);
  await ada.sees("Library of The Example");
  const styleOf = (selector, property) => ada.page.locator(selector).first().evaluate((element, property) => getComputedStyle(element)[property], property);
  await story.check("buttons have the site's own colour and corners", async () => {
    assert.deepEqual([await styleOf(".button.primary", "backgroundColor"), await styleOf(".button.primary", "borderRadius")], ["rgb(122, 31, 162)", "2px"]);
  });
  await story.check("texts have its own letters", async () => assert.match(await styleOf("h1", "fontFamily"), /Georgia/));
  await story.check("its logo is at the top", async () => assert.ok(await ada.page.locator(".brand img").evaluate(({ naturalWidth, naturalHeight }) => naturalWidth === 3 * naturalHeight)));
  await ada.looksAt("home");
  await ada.in("main").follows("Sign in");
  await ada.isAt("/sign-in");
  await ada.looksAt("sign-in");

  // French, as a browser asks for it; what the file lacks is said in English.
  const amelie = await story.person("Amelie", house, { locale: "fr-FR" });
  await amelie.opens("/");
  await amelie.seesA("heading", "Bienvenue");
  await amelie.in("main").follows("Se connecter");
  await amelie.seesA("heading", "Sign in");
}
