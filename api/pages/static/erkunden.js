// Adds a button to every chart that can be explored. plotly.js and the numbers are loaded on the first press;
// without this script, and until then, the chart is the drawing the server made.
const places = new Set();
let library = null;

function load(address) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => { library = null; reject(new Error(address)); });
    document.head.append(script);
  });
  return library;
}

async function draw(figure, place, address) {
  const [plotly, answer] = await Promise.all([
    load(address),
    fetch(figure.dataset.figure, { headers: { Accept: "application/json" } }),
  ]);
  if (!answer.ok) throw new Error(String(answer.status));
  const { data, layout } = await answer.json();
  places.add(place);
  await plotly.newPlot(place, data, { ...layout, dragmode: "zoom" }, {
    displayModeBar: false, responsive: true, doubleClick: "reset",
  });
}

function prepare(figure, pattern) {
  const parts = pattern.content.cloneNode(true);
  const [button, status] = [parts.querySelector("button"), parts.querySelector("[role=status]")];
  const [explore, back] = [button.textContent, button.dataset.back];
  const place = document.createElement("div");
  place.className = "plot";
  place.hidden = true;
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", figure.querySelector("svg title").textContent);
  let drawn = false;
  button.addEventListener("click", async () => {
    if (!drawn) {
      button.disabled = true;
      status.textContent = status.dataset.loading;
      place.hidden = false;
      try {
        await draw(figure, place, pattern.dataset.library);
        drawn = true;
      } catch {
        place.hidden = true;
        status.textContent = status.dataset.failed;
        return;
      } finally {
        button.disabled = false;
        button.focus();
      }
    }
    const open = figure.classList.toggle("explored");
    place.hidden = !open;
    button.textContent = open ? back : explore;
    status.textContent = open ? status.dataset.how : "";
  });
  figure.append(place, parts);
}

// Charts of another choice take the place of these; plotly lets go of what is no longer on the page.
function prepareAll() {
  for (const place of places) {
    if (!place.isConnected && places.delete(place)) window.Plotly.purge(place);
  }
  const pattern = document.getElementById("erkunden");
  if (pattern) document.querySelectorAll("figure[data-figure]").forEach((figure) => prepare(figure, pattern));
}

document.addEventListener("swapped", prepareAll);
prepareAll();
