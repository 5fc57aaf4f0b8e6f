// Accounts at others that one signs in with.
import { get, page, post } from "./api.js";
import { announce, ask, byId, exactly, t } from "./ui.js";
import { action, list, row } from "./account_list.js";
import { showActivity } from "./account_activity.js";

const section = byId("linked");
const notice = byId("linked-notice");
const providers = new Map();
for (const { dataset, textContent } of byId("providers")?.content.children ?? []) providers.set(dataset.id, textContent);

/** A provider as people know it, even if one cannot sign in with it any more. */
export const providerName = (id) => providers.get(id) ?? id.charAt(0).toUpperCase() + id.slice(1);

const show = list("linked", {
  empty: t("linked_empty"),
  load: async () => {
    const accounts = await get("/list-accounts");
    const linked = accounts.filter(({ providerId }) => providerId !== "credential");
    const isOnly = accounts.length === 1 && !("mayUnlinkAll" in section.dataset);
    const free = [...providers.keys()].filter((id) => !linked.some(({ providerId }) => providerId === id));
    return [...linked.map((account) => linkedRow(account, isOnly)), ...free.map(freeRow)];
  },
});

function linkedRow({ id, providerId, createdAt }, isOnly) {
  const name = providerName(providerId);
  const since = t("linked_since", { when: exactly(createdAt) });
  if (isOnly) return row(null, name, [since, t("linked_only")]);
  const unlink = async () => {
    const done = await ask({
      title: t("unlink_title", { provider: name }),
      text: t("unlink_text", { provider: name }),
      yes: t("unlink"),
      danger: true,
      act: () => post("/unlink-account", { accountId: id }),
    });
    if (!done) return;
    announce(t("unlinked", { provider: name }));
    await show();
    section.querySelector("h2").focus();
    showActivity();
  };
  return row(null, name, [since], [action(t("unlink"), name, unlink, notice)]);
}

function freeRow(id) {
  const name = providerName(id);
  const link = async () => {
    const back = page.links.account;
    const { url } = await post("/link-social", { provider: id, callbackURL: `${back}#linked`, errorCallbackURL: back, disableRedirect: true });
    location.assign(url);
  };
  return row(null, name, [t("linked_not")], [action(t("link"), name, link, notice)]);
}

/** With what went wrong a provider sends somebody back. It is said once, and not again when the page is loaded anew. */
function forgetError() {
  history.replaceState(null, "", location.pathname);
  section.scrollIntoView();
}

if (section) {
  if (!notice.hidden) forgetError();
  show();
}
