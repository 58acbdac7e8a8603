// Search as one types, runs as they happen, tabs, copies. The pages are complete without it.

const part = (name) => document.querySelector(`[data-part="${name}"]`);

// A sentence, with code where it has backticks.
const prose = (words) =>
  words.split("`").map((piece, at) => {
    if (at % 2 === 0) return piece;
    const code = document.createElement("code");
    code.textContent = piece;
    return code;
  });

// --- Search

const field = document.getElementById("q");
const found = document.getElementById("found");
const said = document.getElementById("said");
const search = field.form.action;
const overlay = field.closest(".over");
let asked = new AbortController();
let chosen = -1;

const NOTHING = { recipes: [], unknown: [], guessed: {} };

// A piece of a line, marked if it is one of the words that were looked for.
function marked([piece, isMet]) {
  if (!isMet) return piece;
  const mark = document.createElement("mark");
  mark.textContent = piece;
  return mark;
}

const links = () => [...found.querySelectorAll("a")];

function choose(at) {
  const all = links();
  chosen = Math.max(-1, Math.min(at, all.length - 1));
  all.forEach((link, index) => link.setAttribute("aria-selected", String(index === chosen)));
  field.setAttribute("aria-activedescendant", all[chosen]?.id ?? "");
  all[chosen]?.scrollIntoView({ block: "nearest" });
}

// The recipes found are a list to choose from, while the focus stays in the field.
function ready() {
  links().forEach((link, index) => {
    link.id = `found-${index}`;
    link.role = "option";
    link.tabIndex = -1;
    link.parentElement.role = "none";
  });
  field.setAttribute("aria-expanded", String(links().length > 0));
  choose(-1);
}

const shortened = (text) => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

function show(query, { recipes, unknown, guessed }) {
  const one = document.querySelector(".search template").content;
  found.replaceChildren(
    ...recipes.map((recipe) => {
      const item = one.cloneNode(true);
      item.querySelector("a").href = `${search}/${recipe.recipe}`;
      for (const name of ["number", "title", "chapter"]) {
        item.querySelector(`.${name}`).replaceChildren(...prose(recipe[name]));
      }
      item.querySelector(".line").replaceChildren(...recipe.line.map(marked));
      return item;
    }),
  );
  const plural = recipes.length === 1 ? "" : "s";
  const lost = unknown.length ? `; nothing here knows ${shortened(unknown.join(", "))}` : "";
  const read = Object.entries(guessed).map(([one, other]) => `; ${shortened(one)} is read as ${other}`);
  said.textContent =
    query && `${recipes.length || "No"} recipe${plural} for “${shortened(query)}”${lost}${read.join("")}`;
  ready();
}

async function look() {
  asked.abort();
  asked = new AbortController();
  const query = field.value.trim();
  const chapters = document.getElementById("chapters");
  if (chapters) {
    history.replaceState(null, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname);
    document.getElementById("all")?.remove();
  }
  try {
    let answered = NOTHING;
    if (query) {
      const answer = await fetch(`${search}?q=${encodeURIComponent(query)}`, {
        headers: { Accept: "application/json" },
        signal: asked.signal,
      });
      answered = await answer.json();
    }
    if (chapters) chapters.hidden = query !== "";
    show(query, answered);
  } catch (error) {
    if (error.name !== "AbortError") said.textContent = "The search does not answer.";
  }
}

function close() {
  asked.abort();
  if (overlay) return show("", NOTHING);
  field.value = "";
  look();
}

field.role = "combobox";
field.setAttribute("aria-controls", "found");
field.setAttribute("aria-autocomplete", "list");
found.role = "listbox";
found.tabIndex = -1; // a browser stops at a list that scrolls
found.setAttribute("aria-label", "Recipes found");
ready();

field.addEventListener("input", look);
field.addEventListener("focus", () => overlay && field.value && !links().length && look());
field.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") choose(chosen + 1);
  else if (event.key === "ArrowUp") choose(chosen - 1);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
});
// Enter opens the chosen recipe, or the first. The list may be one letter behind.
field.form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const at = chosen;
  if (at < 0) await look();
  const link = links()[Math.max(at, 0)];
  if (!link) return;
  location.assign(link.href);
});
// What was found does not stay above the page when a click or the keyboard goes elsewhere.
for (const kind of ["click", "focusin"]) {
  document.addEventListener(kind, (event) => {
    if (overlay && !overlay.contains(event.target)) close();
  });
}
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input:not([type=radio], [type=checkbox]), select");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    field.focus();
    field.select();
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form && !button.disabled) {
    event.preventDefault();
    form.requestSubmit();
  }
});

// The list beside scrolls by itself: what it is about is in sight.
const side = document.querySelector(".side");
const here = side?.querySelector("li [aria-current]");
if (here) side.scrollTop = here.offsetTop - side.clientHeight / 2;

// --- Run

const form = document.getElementById("run");
const button = form?.querySelector(".run");

function place({ part: name, html }) {
  if (name === "statements") {
    part(name).insertAdjacentHTML("beforeend", html);
  } else if (name === "problem") {
    complain(html);
  } else {
    part(name).innerHTML = html;
    part(name).style.minHeight = "";
  }
}

// Shows what is wrong at the field whose name it begins with.
function complain(problem) {
  const [, name, wrong] = /^(\w+): (.*)$/s.exec(problem) ?? [];
  const input = name && document.getElementById(`p-${name}`);
  if (input) {
    input.setAttribute("aria-invalid", "true");
    document.getElementById(`p-${name}-error`).textContent = wrong;
    input.focus();
  } else {
    part("problem").hidden = false;
    part("problem").replaceChildren(...prose(problem));
  }
}

function forgive() {
  part("problem").hidden = true;
  for (const input of form.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    document.getElementById(`${input.id}-error`).textContent = "";
  }
}

function clear() {
  for (const name of ["statements", "result"]) {
    // Keeps what is below in its place until the new result is there.
    part(name).style.minHeight = `${part(name).offsetHeight}px`;
  }
  part("statements").replaceChildren();
}

// The run gets an address, which a reload, a link and curl follow.
function keep(asked) {
  history.replaceState(null, "", `?${new URLSearchParams([...asked, ["run", "1"]])}`);
  const url = form.action.split("#")[0];
  part("curl").textContent = asked.size ? `curl '${url}?${asked}'` : `curl ${url}`;
}

async function start() {
  const outcome = document.getElementById("result");
  const body = new URLSearchParams(new FormData(form));
  if (body.get("form") === "modern") body.delete("form"); // as without it
  keep(body);
  button.disabled = true;
  outcome.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.dataset.stream, {
      method: "POST",
      headers: { Accept: "application/json" },
      body,
    });
    forgive();
    if (answer.ok) {
      clear();
      await read(answer.body);
    } else {
      complain((await answer.json()).detail);
    }
  } catch {
    complain("The answer was cut off. Run it again.");
  }
  button.disabled = false;
  part("statements").style.minHeight = "";
  outcome.removeAttribute("aria-busy");
}

async function read(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    lines.forEach((line) => place(JSON.parse(line)));
  }
}

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!button.disabled) start();
  });
  tabs();
}

// --- Tabs: without a script they are radio buttons, which still hold what is chosen

function tabs() {
  const list = document.querySelector(".tabs");
  list.role = "tablist";
  const all = [...list.querySelectorAll("label")].map((label) => {
    const radio = document.getElementById(label.htmlFor);
    const panel = document.getElementById(radio.id.replace("tab", "panel"));
    const tab = document.createElement("button");
    Object.assign(tab, { type: "button", role: "tab", className: "tab", textContent: label.textContent });
    tab.setAttribute("aria-controls", panel.id);
    panel.role = "tabpanel";
    radio.hidden = true;
    label.replaceWith(tab);
    return { tab, radio };
  });
  const select = (at) => {
    const chosen = all[(at + all.length) % all.length];
    chosen.radio.checked = true;
    // If the SQL is in sight, the form that was in sight before is the one to run.
    const form = chosen.radio.value;
    all.at(-1).radio.value = form;
    for (const { tab } of all) {
      tab.setAttribute("aria-selected", String(tab === chosen.tab));
      tab.tabIndex = tab === chosen.tab ? 0 : -1;
    }
    return chosen.tab;
  };
  select(all.findIndex(({ radio }) => radio.checked));
  all.forEach(({ tab }, at) => {
    tab.addEventListener("click", () => select(at));
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      select(to).focus();
    });
  });
}

for (const copy of document.querySelectorAll(".copy")) {
  const label = copy.textContent;
  let before;
  copy.addEventListener("click", async () => {
    const panels = [...document.querySelectorAll(".panel")];
    const shown = copy.closest("details") ?? panels.find((panel) => panel.offsetParent);
    const code = shown.querySelector("pre code");
    if (!code) return; // nothing has run yet
    await put(code);
    copy.textContent = "Copied";
    clearTimeout(before);
    before = setTimeout(() => (copy.textContent = label), 1500);
  });
}

async function put(element) {
  if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent);
  // Only a page from this machine or over TLS has a clipboard.
  getSelection().selectAllChildren(element);
  document.execCommand("copy");
}
