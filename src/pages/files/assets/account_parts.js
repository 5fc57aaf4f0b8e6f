// Which part of the account is on the screen: the list of them says so.

const links = [...document.querySelectorAll(".parts a")];
const parts = links.map((link) => document.getElementById(link.hash.slice(1)));

/** The last part that begins in the upper third; at the end of the page the one that was asked for, or the last. */
function present() {
  const isEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
  const asked = parts.findIndex(({ id }) => `#${id}` === location.hash);
  const begins = (part) => part.getBoundingClientRect().top;
  if (isEnd && scrollY > 0) return asked >= 0 && begins(parts[asked]) >= 0 ? asked : parts.length - 1;
  return Math.max(0, parts.findLastIndex((part) => begins(part) <= innerHeight / 3));
}

function mark() {
  const at = present();
  links.forEach((link, index) => {
    if (index === at) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
}

let isDue = false;
function soon() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    mark();
  });
}

for (const event of ["scroll", "resize", "hashchange"]) addEventListener(event, soon, { passive: true });
// Lists come, and the parts below them move.
new ResizeObserver(soon).observe(document.body);
mark();
