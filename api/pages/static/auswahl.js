// A choice without leaving the page: what a marked form or link asks for is fetched as the whole page it is, its
// marked parts take the places of those shown, the address follows. Without this script, and whenever something is
// not as expected, the browser goes there itself.
const main = document.querySelector("main");
const live = document.getElementById("gesagt");
const here = () => location.pathname + location.search;
const links = () => [...main.querySelectorAll("a[data-choice]")];
const parts = (page) => [...page.querySelectorAll("[data-swap]")];
let shown = here();
let running = null;
let back = false;
let held = false;
let leaving = false;

// Language, styles and scripts of a page: where they differ, a new edition of the service has answered.
function edition(page) {
  const files = [...page.head.querySelectorAll("link[rel=stylesheet], script[type=module]")];
  return [page.documentElement.lang, ...files.map((one) => one.getAttribute("href") ?? one.getAttribute("src"))].join();
}

async function fetched(address, signal) {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, signal });
  const html = answer.headers.get("content-type")?.startsWith("text/html");
  if (!answer.ok || answer.redirected || !html) throw new Error(`${answer.status} ${address}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (edition(page) !== edition(document) || parts(page).length !== parts(document).length) throw new Error(address);
  return page;
}

function swap(page) {
  const fresh = parts(page);
  parts(document).forEach((part, at) => part.replaceChildren(...fresh[at].childNodes));
  document.title = page.title;
  document.dispatchEvent(new Event("swapped"));
  main.removeAttribute("aria-busy");
}

// The focus stays on a link that is still there; else it goes to the heading of the result. Its sentence is read out.
function settle(link, place, scroll) {
  const again = links()[place];
  const heading = main.querySelector("[data-result]") ?? main.querySelector("h1");
  if (again && again.href === link.href) {
    again.focus();
  } else {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    const { top } = heading.getBoundingClientRect();
    if (scroll && (top < 0 || top > innerHeight / 2)) heading.scrollIntoView();
  }
  const sentence = main.querySelector("[data-said]") ?? main.querySelector(".lead");
  live.textContent = (sentence.dataset.said || sentence.textContent).replace(/\s+/g, " ").trim();
}

// Everything after the answer happens in one step: nobody meets an address with the numbers of another. The last
// request wins. An answer that breaks off because the reader leaves the page calls nobody back.
async function go(address, remember, link = null) {
  running?.abort();
  const mine = (running = new AbortController());
  const place = links().indexOf(link);
  back = !remember;
  leaving = false;
  main.setAttribute("aria-busy", "true");
  live.textContent = "";
  try {
    const page = await fetched(address, mine.signal);
    if (mine.signal.aborted) return;
    swap(page);
    if (remember) history[address === location.href ? "replaceState" : "pushState"](null, "", address);
    shown = here();
    settle(link, place, remember);
  } catch {
    if (mine.signal.aborted || leaving) return;
    if (remember) location.assign(address);
    else location.reload();
  } finally {
    if (running === mine) main.removeAttribute("aria-busy");
  }
}

function ask(event, address, link) {
  if (held || event.defaultPrevented || address.pathname !== location.pathname) return;
  event.preventDefault();
  go(address.href, true, link);
}

// With a key held, a click opens a tab or a window; a form does not tell, so the click before it is remembered.
addEventListener("click", (event) => {
  held = event.button > 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
}, true);

addEventListener("click", (event) => {
  const link = event.target.closest("a[data-choice]");
  if (link) ask(event, new URL(link.href), link);
});

addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-choice]")) return;
  const address = new URL(form.action);
  address.search = new URLSearchParams(new FormData(form));
  ask(event, address);
});

// Back and forward; a step between two places of the page shown is none, but it may call off the way to another.
addEventListener("popstate", () => {
  if (here() !== shown) {
    go(location.href, false);
  } else if (back) {
    running.abort();
    main.removeAttribute("aria-busy");
  }
});

addEventListener("beforeunload", () => { leaving = true; });
