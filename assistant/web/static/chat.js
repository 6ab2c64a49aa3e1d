// The chat page's own script: chips and cards, dialogs, tools, theme, and what assistive
// technology is told. The texts it shows come from the server, escaped; it writes textContent only.
(() => {
  "use strict";

  const root = document.documentElement;
  const compact = root.classList.contains("compact");
  const words = window.isnadWords;
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const wide = () => !compact && matchMedia("(min-width: 64rem)").matches;

  // ---- to the server ---------------------------------------------------------------------
  let nonce = 0;
  const setValue = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;

  function wire(name, text) {
    const box = find(`#wire-${name} textarea`);
    setValue.call(box, `${text} ${++nonce}`);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const question = () => find("#question textarea");

  function say(text) {
    const line = find("#said-here");
    line.textContent = "";
    setTimeout(() => { line.textContent = text; }, 30);
  }

  // ---- sources ---------------------------------------------------------------------------
  let shownTurn = null;
  let lastChip = null;

  const storedCards = (turn) => find(`[id^="src-${turn}-"]`, find("#chat"))?.closest(".cards");

  function fillPanel(turn) {
    const clippings = find("#clippings");
    if (!clippings) return;
    const cards = turn === null ? null : storedCards(turn);
    clippings.replaceChildren();
    shownTurn = cards ? turn : null;
    find("#panel").classList.toggle("filled", Boolean(cards));
    if (!cards) return;
    const copy = cards.cloneNode(true);
    for (const card of all(".card", copy)) {
      card.dataset.source = card.id;
      card.removeAttribute("id");
      card.tabIndex = -1;
    }
    clippings.append(copy);
  }

  function openCard(name, chip) {
    const turn = name.split("-")[0];
    for (const other of all(".chip.current")) other.classList.remove("current");
    lastChip = chip?.classList.contains("chip") ? chip : lastChip;
    lastChip?.classList.add("current");
    let card;
    if (wide()) {
      if (shownTurn !== turn) fillPanel(turn);
      card = find(`#clippings [data-source="src-${name}"]`);
    } else {
      card = document.getElementById(`src-${name}`);
    }
    if (!card) return;
    const closes = !wide() && card.classList.contains("open") && !chip?.classList.contains("chip");
    for (const other of all(".card.open", card.parentElement)) other.classList.remove("open");
    if (closes) return;
    card.classList.add("open");
    card.tabIndex = -1;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: wide() ? "start" : "nearest", behavior: calm() });
  }

  const calm = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");

  // ---- dialogs ---------------------------------------------------------------------------
  let opener = null;
  let openSheet = null;
  let lastRead = null;

  function sheet(name, from) {
    closeSheet();
    opener = from;
    openSheet = find(`#${name}-sheet`);
    openSheet.setAttribute("aria-label", words[name]);
    openSheet.classList.add("shown");
    root.classList.add("sheet-open");
    for (const behind of all("#masthead, #desk, .skip")) behind.inert = true;
    find(".shut-sheet", openSheet).focus();
  }

  function closeSheet() {
    if (!openSheet) return;
    openSheet.classList.remove("shown");
    root.classList.remove("sheet-open");
    for (const behind of all("#masthead, #desk, .skip")) behind.inert = false;
    openSheet = null;
    if (opener?.isConnected) opener.focus();
  }

  function prepareSheets() {
    for (const one of all(".sheet")) {
      one.setAttribute("role", "dialog");
      one.setAttribute("aria-modal", "true");
      const close = document.createElement("button");
      close.type = "button";
      close.className = "shut-sheet";
      close.title = words.close;
      close.setAttribute("aria-label", words.close);
      close.addEventListener("click", closeSheet);
      one.prepend(close);
      one.addEventListener("keydown", keepFocus);
      one.addEventListener("click", (event) => { if (event.target === one) closeSheet(); });
    }
    new MutationObserver(showMark).observe(find("#reader"), { childList: true, subtree: true });
  }

  function keepFocus(event) {
    if (event.key !== "Tab") return;
    const stops = all("button, a[href], [tabindex='0']", event.currentTarget);
    const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
    if (document.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
  }

  function showMark() {
    find("#reader-sheet").classList.remove("loading");
    const story = find("#reader .story");
    if (story) story.tabIndex = 0;
    find("#reader mark")?.scrollIntoView({ block: "center" });
  }

  function read(name, from) {
    sheet("reader", from);
    const asked = `${name} ${find("#chat").textContent.length}`;
    find("#reader-sheet").classList.toggle("loading", asked !== lastRead);
    if (asked === lastRead) showMark();
    lastRead = asked;
    wire("read", name);
  }

  // ---- tools -----------------------------------------------------------------------------
  async function copy(tool) {
    const text = find(".copy-text", tool.closest(".message")).textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const box = document.createElement("textarea");
      box.value = text;
      box.className = "unseen";
      document.body.append(box);
      box.select();
      document.execCommand("copy");
      box.remove();
      tool.focus();
    }
    tool.classList.add("done");
    setTimeout(() => tool.classList.remove("done"), 1600);
    say(words.copied);
  }

  function save() {
    const turns = all("#chat .copy-markdown").map((turn) => turn.textContent.trimEnd());
    if (!turns.length) return;
    const day = new Date().toISOString().slice(0, 10);
    const text = `# ${words.page} · ${day}\n\n${turns.join("\n\n---\n\n")}\n`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
    link.download = `isnad-${day}.md`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function changeTheme() {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("isnad-theme", root.dataset.theme); } catch { /* private window */ }
    followTheme();
  }

  // Gradio's own parts follow a class on the body.
  const followTheme = () => document.body.classList.toggle("dark", root.dataset.theme === "dark");

  function change(verb, turn) {
    wire("change", `${verb} ${turn}`);
    if (verb !== "retry") awaitQuestion();
  }

  function awaitQuestion() {
    const box = question();
    const before = box.value;
    let tries = 0;
    const timer = setInterval(() => {
      if (box.value === before && ++tries < 40) return;
      clearInterval(timer);
      box.focus();
      box.setSelectionRange(box.value.length, box.value.length);
    }, 50);
  }

  const verbs = {
    src: (rest, from) => openCard(rest.join("-"), from),
    read: (rest, from) => read(rest.join("-"), from),
    copy: (rest, from) => copy(from),
    retry: ([turn]) => change("retry", turn),
    edit: ([turn]) => change("edit", turn),
    undo: ([turn]) => change("undo", turn),
    thumb: ([turn, mark], from) => {
      wire("rate", `${turn} ${mark}`);
      const why = from.closest("details");
      if (why) { why.open = false; find("summary", why).focus(); }
    },
    cancel: () => { wire("cancel", "x"); question().focus(); },
    new: () => { wire("arrange", "new"); fillPanel(null); question().focus(); },
    open: ([place]) => { wire("arrange", `open ${place}`); closeSheet(); },
    delete: ([place]) => wire("arrange", `delete ${place}`),
    shelf: (rest, from) => sheet("earlier", from),
    about: (rest, from) => sheet("about", from),
    export: save,
    theme: changeTheme,
    shut: () => toParent({ type: "isnad:close" }),
  };

  document.addEventListener("click", (event) => {
    for (const why of all("details.why[open]")) if (!why.contains(event.target)) why.open = false;
    const link = event.target.closest?.("a[href^='#']");
    if (!link) return;
    event.preventDefault();
    const [verb, ...rest] = link.getAttribute("href").slice(1).split("-");
    verbs[verb]?.(rest, link);
  });

  document.addEventListener("keydown", (event) => {
    const link = event.target.closest?.("a[role='button']");
    if (event.key === " " && link) { event.preventDefault(); link.click(); }
    if (event.key !== "Escape") return;
    const why = event.target.closest?.("details[open]");
    if (why) { why.open = false; find("summary", why).focus(); }
    else if (openSheet) closeSheet();
    else if (event.target.closest?.(".card") && lastChip?.isConnected) lastChip.focus();
    else if (compact) toParent({ type: "isnad:close" });
  });

  // ---- what Gradio draws -------------------------------------------------------------------
  let newest = "";

  function tidy() {
    const log = find("#chat [role='log']");
    if (!log) return;
    set(log, "aria-label", words.conversation);
    set(log, "aria-busy", String(Boolean(find(".arriving, .thinking", log))));
    // Gradio repeats a message's source here, markup and all.
    for (const one of all("[data-testid='user']", log)) name(one, words.you);
    for (const one of all("[data-testid='bot']", log)) name(one, words.assistant);
    const box = question();
    if (box) { set(box, "dir", "auto"); set(box, "aria-label", words.ask); }
    showNewest(all("[data-testid='user']", log));
    const last = all("[data-testid='bot']", log).at(-1);
    const mark = last ? `${all("[data-testid='bot']", log).length} ${last.textContent}` : "";
    if (mark === newest || find(".arriving, .thinking", log)) return;
    newest = mark;
    const card = last && find(".card", last);
    fillPanel(card ? card.id.split("-")[1] : null);
    if (compact) toParent({ type: "isnad:height", height: wantedHeight(Boolean(last)) });
  }

  // A new question comes to the top, so that its answer is read from its beginning.
  let questions = 0;
  function showNewest(asked) {
    if (asked.length > questions) asked.at(-1).scrollIntoView({ block: "start" });
    questions = asked.length;
  }

  function name(message, speaker) {
    set(message, "role", "group");
    set(message, "aria-label", speaker);
  }

  function set(element, attribute, value) {
    if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
  }

  // Room for the examples, then for reading.
  function wantedHeight(talking) {
    const welcome = find("#welcome");
    if (talking || !welcome) return 720;
    return root.clientHeight - welcome.clientHeight + welcome.scrollHeight;
  }

  // ---- the frame's parent ------------------------------------------------------------------
  function toParent(message) {
    if (window.parent === window) return;
    let origin = "*";
    try { origin = new URL(document.referrer).origin; } catch { /* the host sends no referrer */ }
    window.parent.postMessage(message, origin);
  }

  window.addEventListener("message", (event) => {
    if (event.source === window.parent && event.data?.type === "isnad:focus") question()?.focus();
  });

  // ---- a server that is busy or gone ---------------------------------------------------------
  const fetchAsIs = window.fetch;
  window.fetch = async (...args) => {
    const asks = String(args[0]?.url ?? args[0]).includes("/queue/join");
    try {
      const response = await fetchAsIs(...args);
      if (asks) complain(response.status === 429 ? words.too_fast : response.ok ? "" : words.busy);
      return response;
    } catch (error) {
      if (asks) complain(words.offline);
      throw error;
    }
  };

  function complain(text) {
    const line = find("#turned-away");
    if (line && line.textContent !== text) line.textContent = text;
  }

  // ---- start -----------------------------------------------------------------------------
  function element(tag, id, attributes) {
    const made = document.createElement(tag);
    made.id = id;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function start() {
    const skip = element("a", "skip", { class: "skip", href: "#skip" });
    skip.textContent = words.skip;
    verbs.skip = () => question().focus();
    document.body.prepend(skip);
    document.body.append(element("div", "said-here", { role: "status", class: "unseen" }));
    find("#composer").before(element("p", "turned-away", { role: "alert" }));
    find("#panel")?.append(element("div", "clippings", {}));
    find("#panel")?.setAttribute("role", "complementary");
    find("#panel")?.setAttribute("aria-label", words.sources);
    find("#spoken").setAttribute("role", "status");
    find("#notice").setAttribute("role", "alert");
    // The sanitiser sends every link to a new window.
    find("#masthead .toggle").removeAttribute("target");
    prepareSheets();
    followTheme();
    let waiting = false;
    const soon = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; tidy(); });
    };
    const watched = { childList: true, subtree: true, attributes: true };
    new MutationObserver(soon).observe(find("#talk"), {
      ...watched, attributeFilter: ["aria-label", "dir"],
    });
    new MutationObserver(followTheme).observe(document.body, {
      attributes: true, attributeFilter: ["class"],
    });
    tidy();
    if (compact) toParent({ type: "isnad:height", height: wantedHeight(false) });
    root.classList.add("ready");
    if (!compact && matchMedia("(pointer: fine)").matches) question().focus();
  }

  const drawn = new MutationObserver(() => {
    if (!find("#question textarea") || !find("#chat [role='log']")) return;
    drawn.disconnect();
    start();
  });
  drawn.observe(root, { childList: true, subtree: true });
})();
