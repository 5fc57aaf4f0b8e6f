// What keeps itself up to date while somebody looks at it.
import { complain, notify, said } from "./ui.js";

/**
 * Does something now, and every ten seconds while the page is seen. What the server refuses is told in `notice`, once, until
 * it does no longer. Whom the server no longer knows, or who may not ask
 * any more, has to sign in first: nothing is tried again by itself then. The answer is
 * a function that does it at once.
 */
export function live(act, notice, seconds = 10) {
  let timer = null;
  let last = 0;
  let isOver = false;
  /** What the notice says: whoever hears it hears it once, and a link in it keeps the focus. */
  let shown = null;

  async function turn() {
    clearTimeout(timer);
    last = Date.now();
    try {
      await act();
      notify(notice, null);
      shown = null;
      isOver = false;
    } catch (error) {
      const text = said(error);
      if (text !== shown) complain(notice, error);
      shown = text;
      isOver = [401, 403].includes(error.status);
    }
    plan();
  }

  function plan() {
    clearTimeout(timer);
    if (!document.hidden && !isOver) timer = setTimeout(turn, Math.max(0, last + seconds * 1000 - Date.now()));
  }

  document.addEventListener("visibilitychange", plan);
  turn();
  return turn;
}
