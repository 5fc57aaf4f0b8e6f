// What keeps itself up to date while somebody looks at it.
import { notify, said } from "./ui.js";

/**
 * Does something now, and every ten seconds while the page is seen. What the server refuses is told in `notice` until it
 * does no longer. The answer is a function that does it at once.
 */
export function live(act, notice, seconds = 10) {
  let timer = null;
  let last = 0;

  async function turn() {
    clearTimeout(timer);
    last = Date.now();
    try {
      await act();
      notify(notice, null);
    } catch (error) {
      notify(notice, said(error));
    }
    plan();
  }

  function plan() {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(turn, Math.max(0, last + seconds * 1000 - Date.now()));
  }

  document.addEventListener("visibilitychange", plan);
  turn();
  return turn;
}
