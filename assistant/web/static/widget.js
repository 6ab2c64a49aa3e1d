/* The chat on any page: one script tag, a bubble that opens the chat in a frame.
 *
 *   <script src="https://host/widget.js" data-lang="ar" data-theme="dark" data-position="start"
 *           defer></script>
 *
 * data-lang      ar | en          the host page's language, else English
 * data-theme     dark | light     the reader's own preference
 * data-position  start | end      the corner, in the host page's direction; end
 *
 * The host page needs script-src and frame-src for this server, and nothing else: styles are
 * adopted sheets, shapes are built element by element, so strict policies and Trusted Types hold.
 */
(() => {
  "use strict";

  const script =
    document.currentScript || document.querySelector('script[src*="/widget.js"]');
  if (!script || window.isnadWidget) return;

  const WORDS = {
    en: {
      open: "Ask the articles",
      close: "Close the chat",
      panel: "Questions to the articles",
      opening: "Opening the chat…",
      refused: "The chat doesn't open on this site.",
      visit: "Open it in a new tab",
    },
    ar: {
      open: "اسأل المقالات",
      close: "إغلاق المحادثة",
      panel: "أسئلة عن المقالات",
      opening: "يجري فتح المحادثة…",
      refused: "لا تُفتح المحادثة في هذا الموقع.",
      visit: "افتحها في نافذة جديدة",
    },
  };
  const STYLE = `
    :host { all: initial; }
    .corner {
      --ink: #1d1c19; --paper: #fbfaf6; --accent: #0b5c50; --on-accent: #fbfaf6;
      --line: #dcd7ca;
      position: fixed; inset-block-end: 20px; z-index: 2147483000;
      display: flex; flex-direction: column; gap: 12px;
      font: 500 16px/1.5 system-ui, "Noto Sans Arabic", "Segoe UI", Tahoma, sans-serif;
      color: var(--ink);
    }
    .corner.end { inset-inline-end: 20px; align-items: flex-end; }
    .corner.start { inset-inline-start: 20px; align-items: flex-start; }
    .corner.dark {
      --ink: #ece9e1; --paper: #161614; --accent: #7fd0bd; --on-accent: #10201c; --line: #3a3934;
    }
    @media (prefers-color-scheme: dark) {
      .corner:not(.light) {
        --ink: #ece9e1; --paper: #161614; --accent: #7fd0bd; --on-accent: #10201c; --line: #3a3934;
      }
    }
    button {
      all: unset; box-sizing: border-box; cursor: pointer;
      display: inline-flex; align-items: center; gap: 10px;
      min-block-size: 48px; padding-block: 10px; padding-inline: 18px;
      border-radius: 26px; background: var(--accent); color: var(--on-accent);
      box-shadow: 0 6px 22px rgb(0 0 0 / 28%); font: inherit;
    }
    button:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px; }
    svg { inline-size: 22px; block-size: 22px; flex: none; }
    .panel {
      position: relative; box-sizing: border-box; overflow: hidden;
      inline-size: min(400px, calc(100vw - 40px));
      block-size: min(var(--wanted, 620px), calc(100dvh - 108px));
      border: 1px solid var(--line); border-radius: 14px; background: var(--paper);
      box-shadow: 0 16px 48px rgb(0 0 0 / 30%);
    }
    .panel[hidden] { display: none; }
    iframe { border: 0; display: block; inline-size: 100%; block-size: 100%; background: none; }
    .state {
      position: absolute; inset: 0; display: grid; place-content: center; gap: 8px;
      padding: 24px; text-align: center; background: var(--paper);
    }
    .state[hidden] { display: none; }
    .state a { color: var(--accent); }
    @media (max-width: 480px) {
      .open .panel {
        position: fixed; inset: 0; inline-size: 100%; block-size: 100%;
        border: 0; border-radius: 0; padding-block-start: 56px;
      }
      .open button {
        position: fixed; inset-block-start: 6px; inset-inline-end: 8px; min-block-size: 44px;
      }
      .open button .word { display: none; }
    }
    @media (prefers-reduced-motion: no-preference) {
      .panel { animation: rise .18s ease-out; }
      @keyframes rise { from { opacity: 0; transform: translateY(10px); } }
    }
  `;
  const REMEMBERED = "isnad-widget-open";
  const PATIENCE_MS = 12000;
  const LEAST_HEIGHT = 320;

  const server = new URL(".", script.src);
  const chosen = script.dataset.lang || document.documentElement.lang || "en";
  const language = chosen.toLowerCase().startsWith("ar") ? "ar" : "en";
  const theme = ["dark", "light"].includes(script.dataset.theme) ? script.dataset.theme : "";
  const position = script.dataset.position === "start" ? "start" : "end";
  const words = WORDS[language];

  const address = new URL(`embed/${language}/`, server);
  if (theme) address.searchParams.set("theme", theme);

  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const icon = (path) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const line = document.createElementNS(space, "path");
    const drawn = { fill: "none", stroke: "currentColor", "stroke-width": "1.8" };
    for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", "aria-hidden": "true" }))
      svg.setAttribute(key, value);
    for (const [key, value] of Object.entries({ d: path, "stroke-linecap": "round", ...drawn }))
      line.setAttribute(key, value);
    svg.append(line);
    return svg;
  };
  const SPEECH = "M4 5h16v11h-9l-4 4v-4H4zM8 9h8M8 12h5";
  const CROSS = "M6 6l12 12M18 6L6 18";

  const host = make("isnad-widget");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const direction = language === "ar" ? "rtl" : "ltr";
  const word = make("span", { class: "word", dir: direction }, words.open);
  const launcher = make(
    "button",
    { type: "button", "aria-expanded": "false", "aria-controls": "panel" },
    icon(SPEECH),
    word,
  );
  const state = make("div", { class: "state", role: "status", dir: direction });
  const panel = make(
    "section",
    { class: "panel", id: "panel", role: "dialog", "aria-label": words.panel, hidden: "" },
    state,
  );
  const look = { class: `corner ${position} ${theme}`, lang: language };
  const corner = make("div", look, panel, launcher);
  root.append(corner);

  let frame = null;
  let ready = false;
  let awaited = 0;

  const remember = (open) => {
    try {
      localStorage.setItem(REMEMBERED, open ? "1" : "0");
    } catch {
      /* a page without storage remembers nothing */
    }
  };
  const wasOpen = () => {
    try {
      return localStorage.getItem(REMEMBERED) === "1";
    } catch {
      return false;
    }
  };
  const isOpen = () => !panel.hidden;
  const tell = (message) => frame?.contentWindow?.postMessage(message, server.origin);

  function load() {
    if (frame) return;
    state.replaceChildren(words.opening);
    state.hidden = false;
    frame = make("iframe", { src: address.href, title: words.panel, allow: "clipboard-write" });
    panel.append(frame);
    // A frame that our server's policy keeps off this site never says anything.
    awaited = setTimeout(() => {
      const away = { href: address.href, target: "_blank", rel: "noopener" };
      const link = make("a", away, words.visit);
      state.replaceChildren(make("span", {}, words.refused), link);
    }, PATIENCE_MS);
  }

  function show(open, moveFocus) {
    panel.hidden = !open;
    corner.classList.toggle("open", open);
    launcher.setAttribute("aria-expanded", String(open));
    launcher.setAttribute("aria-label", open ? words.close : words.open);
    word.textContent = open ? words.close : words.open;
    launcher.firstElementChild.replaceWith(icon(open ? CROSS : SPEECH));
    remember(open);
    if (open) load();
    if (!moveFocus) return;
    if (open) enter();
    else launcher.focus();
  }

  function enter() {
    if (!ready) return;
    frame.focus();
    tell({ type: "isnad:focus" });
  }

  launcher.addEventListener("click", () => show(!isOpen(), true));
  // In the shadow root alone: Escape anywhere else belongs to the host page.
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen()) {
      event.stopPropagation();
      show(false, true);
    }
  });
  window.addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== server.origin) return;
    const message = event.data;
    if (typeof message !== "object" || message === null) return;
    if (typeof message.type !== "string" || !message.type.startsWith("isnad:")) return;
    if (!ready) {
      if (message.type === "isnad:opening") {
        // The index is on its way; the frame says so itself and reloads.
        clearTimeout(awaited);
        state.hidden = true;
        return;
      }
      ready = true;
      clearTimeout(awaited);
      state.hidden = true;
      if (root.activeElement === launcher && isOpen()) enter();
    }
    if (message.type === "isnad:close" && isOpen()) show(false, true);
    if (message.type === "isnad:height" && Number.isFinite(message.height)) {
      const wanted = Math.max(LEAST_HEIGHT, Math.round(message.height));
      panel.style.setProperty("--wanted", `${wanted}px`);
    }
  });

  window.isnadWidget = {
    open: () => show(true, true),
    close: () => show(false, true),
    element: host,
  };
  const settle = () => {
    document.body.append(host);
    show(wasOpen(), false);
  };
  if (document.body) settle();
  else document.addEventListener("DOMContentLoaded", settle, { once: true });
})();
