"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const WORDS = {
    en: {
      seconds: "seconds", commands: "commands", problems: "problems", unanswered: "unanswered", messages: "messages",
      events: "events", sent: "bytes sent", received: "bytes received", ok: "done", refused: "refused", failed: "failed",
      busy: "busy", open: "no answer", none: "", manual: "manual", meaning: "What it means", advice: "What to do",
      fields: "Values", raw: "On the wire", payload: "Payload", inferred: "inferred, not on this wire",
      masked: "a secret is masked", nothing: "Nothing matches. Esc clears the search.",
      left: (shown, all) => `the first ${shown} of ${all} lines`, search: "Search lines, meanings, numbers", bytes: "bytes", on: "on", at: "baud",
      host: "Host", module: "Module", cloud: "Cloud",
      chips: { command: "Commands", answer: "Answers", event: "Events and messages", cloud: "Cloud", noise: "Echo and blank lines" },
    },
    zh: {
      seconds: "秒", commands: "条命令", problems: "个问题", unanswered: "条无应答", messages: "条消息", events: "个事件",
      sent: "字节发出", received: "字节收到", ok: "完成", refused: "被拒", failed: "失败", busy: "忙", open: "无应答", none: "",
      manual: "手册", meaning: "含义", advice: "处理", fields: "各值", raw: "线路原文", payload: "消息体",
      inferred: "推断，不在此线路上", masked: "密钥已遮盖", nothing: "没有匹配。按 Esc 清除搜索。",
      left: (shown, all) => `前 ${shown} 行，共 ${all} 行`, search: "搜索原文、含义、编号", bytes: "字节", on: "", at: "波特",
      host: "主机", module: "模组", cloud: "云端",
      chips: { command: "命令", answer: "应答", event: "事件与消息", cloud: "云端", noise: "回显与空行" },
    },
  };
  const GROUP = { command: "command", payload: "command", abort: "command", cloud: "cloud", event: "event", message: "event", echo: "noise", blank: "noise" };
  const group = (row) => GROUP[row.kind] || "answer";
  let language = document.documentElement.lang === "zh" || (navigator.language || "").startsWith("zh") ? "zh" : "en";
  const shown = new Set(["command", "answer", "event", "cloud"]);
  const rows = new Map();
  let chosen = null;

  const word = (name) => WORDS[language][name];
  const say = (text) => (text ? text[language] || text.en : "");
  const make = (tag, name, text) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const number = (value) => value.toLocaleString(language === "zh" ? "zh-CN" : "en-US");
  const clock = (seconds) => seconds.toFixed(3);
  const lasting = (seconds) => (seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(2)} s`);

  function searchable(row, exchange) {
    const parts = [row.label, row.label_zh, row.text, row.document, row.name, row.section, row.kind];
    for (const text of [row.title, row.meaning, exchange.title, exchange.why]) if (text) parts.push(text.en, text.zh);
    for (const field of row.fields || []) parts.push(field[0], field[1]);
    return parts.filter(Boolean).join("\n").toLowerCase();
  }

  function head() {
    $("name").textContent = data.name;
    const about = [data.port, data.baud && `${data.baud} ${word("at")}`, data.started && new Date(data.started).toLocaleString(language === "zh" ? "zh-CN" : "en-GB"), `${word("manual")} ${data.revision}`];
    if (data.left_out) about.push(word("left")(number(data.lines - data.left_out), number(data.lines)));
    $("about").textContent = about.filter(Boolean).join(" · ");
    $("search").placeholder = word("search");
    $("language").textContent = language === "en" ? "中文" : "English";
    document.documentElement.lang = language;
    document.querySelectorAll(".actors b").forEach((b) => { b.textContent = b.dataset[language]; });
    const tiles = $("tiles");
    tiles.replaceChildren();
    const values = { seconds: clock(data.seconds).replace(/\.?0+$/, "") || "0", ...data.counts };
    for (const [name, value] of Object.entries(values)) {
      if (name === "unanswered" && !value) continue;
      const tile = make("div", `tile${value && (name === "problems" || name === "unanswered") ? " bad" : ""}`);
      tile.append(make("b", "", typeof value === "number" ? number(value) : value), make("span", "", word(name)));
      tiles.append(tile);
    }
    const chips = $("chips");
    chips.replaceChildren();
    const counts = {};
    for (const exchange of data.exchanges) for (const row of exchange.rows) counts[group(row)] = (counts[group(row)] || 0) + 1;
    for (const [name, text] of Object.entries(word("chips"))) {
      const chip = make("button", "chip", text);
      chip.type = "button";
      chip.append(make("i", "", String(counts[name] || 0)));
      chip.setAttribute("aria-pressed", String(shown.has(name)));
      chip.onclick = () => { if (!shown.delete(name)) shown.add(name); head(); filter(); };
      chips.append(chip);
    }
  }

  function strip() {
    const svg = $("strip");
    svg.replaceChildren();
    const width = svg.clientWidth || 1000;
    const COLOURS = { command: "var(--host)", answer: "var(--module)", event: "var(--event)", cloud: "var(--cloud)" };
    for (const exchange of data.exchanges) {
      for (const row of exchange.rows) {
        const kind = group(row);
        if (kind === "noise" || kind === "cloud") continue;
        const tick = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        const x = 8 + (data.seconds ? Math.max(row.t, 0) / data.seconds : 0) * (width - 18);
        const top = row.bad ? 4 : kind === "command" ? 6 : kind === "answer" ? 17 : 11;
        tick.setAttribute("x", x.toFixed(1)); tick.setAttribute("y", top);
        tick.setAttribute("width", row.bad ? 3 : 2); tick.setAttribute("height", row.bad ? 26 : 11); tick.setAttribute("rx", 1);
        tick.style.fill = row.bad ? "var(--bad)" : COLOURS[kind];
        tick.onclick = () => { choose(row, exchange); rows.get(row.id).element.scrollIntoView({ block: "center" }); };
        svg.append(tick);
      }
    }
  }

  function line(row, exchange, busy) {
    const kind = group(row);
    const element = make("button", `row${busy ? " busy" : ""}`);
    element.type = "button";
    element.append(make("time", "", clock(Math.max(row.t, 0))));
    const lanes = make("div", "lanes");
    lanes.append(make("s"));
    const side = row.from === "cloud" || row.to === "cloud" ? "right" : "left";
    const right = row.to === "cloud" || (row.to === "module" && row.from === "host");
    const arrow = make("div", `arrow ${side} ${right ? "toright" : "toleft"} ${kind === "noise" ? "quiet" : kind}`);
    if (row.inferred) arrow.classList.add("inferred");
    if (row.bad) arrow.classList.add("bad");
    const label = make("span");
    arrow.append(label);
    lanes.append(arrow);
    const beside = side === "left" ? make("div", `beside${row.bad ? " bad" : ""}`) : null;
    if (beside) lanes.append(beside);
    element.append(lanes);
    element.onclick = () => choose(row, exchange);
    rows.set(row.id, { row, exchange, element, label, beside, words: searchable(row, exchange) });
    return element;
  }

  function remark(row) {
    if (row.kind === "payload") return `${number(row.bytes)} ${word("bytes")}`;
    if (row.kind === "ok" || row.kind === "echo" || row.kind === "prompt") return row.kind === "prompt" ? say(row.title) : "";
    if (row.kind === "command") return "";
    const values = (row.fields || []).map((field) => `${field[0]} ${field[1]}`).join(" · ");
    const meaning = say(row.meaning);
    if (row.kind === "result" || row.kind === "error") return meaning || say(row.title);
    return [row.kind === "event" || row.kind === "message" ? say(row.title) : "", meaning, values].filter(Boolean).join(" · ");
  }

  function mark(element, text, wanted) {
    element.replaceChildren();
    const at = wanted ? text.toLowerCase().indexOf(wanted) : -1;
    if (at < 0) { element.textContent = text; return; }
    const found = make("mark", "", text.slice(at, at + wanted.length));
    element.append(text.slice(0, at), found, text.slice(at + wanted.length));
  }

  function draw() {
    const all = document.createDocumentFragment();
    for (const exchange of data.exchanges) {
      const card = make("section", `exchange ${exchange.outcome}`);
      const top = make("div", "head");
      const title = make("h2"), section = make("span", "section"), badge = make("span", `badge ${exchange.outcome}`), why = make("span", "why");
      top.append(title, section, why, make("span", "spring"));
      if (exchange.outcome !== "none") {
        if (exchange.end > exchange.t) top.append(make("time", "", lasting(exchange.end - exchange.t)));
        top.append(badge);
      }
      const body = make("div", "rows");
      const times = exchange.rows;
      let last = -1;
      times.forEach((row, i) => { if (row.t <= exchange.end && exchange.outcome !== "none" && exchange.outcome !== "open") last = i; });
      times.forEach((row, i) => body.append(line(row, exchange, i <= last)));
      card.append(top, body);
      exchange.view = { card, title, section, badge, why };
      all.append(card);
    }
    $("diagram").replaceChildren(all);
  }

  function filter() {
    const wanted = $("search").value.trim().toLowerCase();
    let any = false;
    for (const exchange of data.exchanges) {
      const { card, title, section, badge, why } = exchange.view;
      title.textContent = say(exchange.title);
      section.textContent = exchange.section ? `${word("manual")} ${exchange.section}` : "";
      badge.textContent = word(exchange.outcome);
      why.textContent = say(exchange.why);
      const visible = [];
      for (const row of exchange.rows) {
        const view = rows.get(row.id);
        const label = language === "zh" && row.label_zh ? row.label_zh : row.label || (row.kind === "blank" ? "⏎" : "");
        const fits = shown.has(group(row)) && (!wanted || view.words.includes(wanted));
        view.element.hidden = !fits;
        view.element.style.display = fits ? "" : "none";
        view.element.classList.remove("first", "last");
        if (!fits) continue;
        visible.push(view.element);
        mark(view.label, label, wanted);
        if (view.beside) mark(view.beside, remark(row), wanted);
      }
      const busy = visible.filter((element) => element.classList.contains("busy"));
      if (busy.length) { busy[0].classList.add("first"); busy[busy.length - 1].classList.add("last"); }
      card.style.display = visible.length ? "" : "none";
      any = any || visible.length > 0;
    }
    $("nothing").hidden = any;
    $("nothing").textContent = word("nothing");
  }

  function choose(row, exchange) {
    if (chosen) rows.get(chosen.row.id).element.classList.remove("chosen");
    chosen = row ? { row, exchange } : null;
    const panel = $("details");
    panel.hidden = !row;
    if (!row) return;
    rows.get(row.id).element.classList.add("chosen");
    const close = make("button", "", "×");
    close.id = "close"; close.type = "button"; close.onclick = () => choose(null);
    const parts = [close, make("h3", "", say(row.title) || (row.inferred ? (language === "zh" ? row.label_zh : row.label) : say(exchange.title)))];
    const way = [`${word(row.from)} → ${word(row.to)}`, `${clock(Math.max(row.t, 0))} s`];
    if (row.bytes) way.push(`${number(row.bytes)} ${word("bytes")}`);
    if (row.section) way.push(`${word("manual")} ${row.section}`);
    if (row.inferred) way.push(word("inferred"));
    if (row.masked) way.push(word("masked"));
    parts.push(make("p", "way", way.join(" · ")));
    const part = (name, ...elements) => parts.push(make("h4", "", word(name)), ...elements);
    if (say(row.meaning)) part("meaning", make("p", `meaning${row.bad ? " bad" : ""}`, [row.name, say(row.meaning)].filter(Boolean).join(": ")));
    if (say(row.advice) && row.kind !== "command") part("advice", make("p", "advice", say(row.advice)));
    else if (say(row.advice)) part("meaning", make("p", "", say(row.advice)));
    if (row.fields && row.fields.length) {
      const table = make("table");
      for (const [name, value, title] of row.fields) {
        const tr = make("tr"), cell = make("td", "", value);
        if (say(title)) cell.append(make("small", "", say(title)));
        tr.append(make("td", "", name), cell);
        table.append(tr);
      }
      part("fields", table);
    }
    if (row.document) part("payload", make("pre", "", row.document));
    if (row.text) part("raw", make("pre", "", row.text));
    panel.replaceChildren(...parts);
  }

  function step(by) {
    const visible = [...rows.values()].filter((view) => !view.element.hidden);
    const at = visible.findIndex((view) => chosen && view.row === chosen.row);
    const next = visible[Math.min(Math.max(at + by, 0), visible.length - 1)];
    if (!next) return;
    choose(next.row, next.exchange);
    next.element.scrollIntoView({ block: "nearest" });
  }

  $("search").addEventListener("input", filter);
  $("language").onclick = () => {
    language = language === "en" ? "zh" : "en";
    head(); filter();
    if (chosen) choose(chosen.row, chosen.exchange);
  };
  document.addEventListener("keydown", (event) => {
    const typing = document.activeElement === $("search");
    if (event.key === "/" && !typing) { event.preventDefault(); $("search").focus(); }
    else if (event.key === "Escape") { if (chosen) choose(null); else { $("search").value = ""; filter(); $("search").blur(); } }
    else if (!typing && (event.key === "ArrowDown" || event.key === "j")) { event.preventDefault(); step(1); }
    else if (!typing && (event.key === "ArrowUp" || event.key === "k")) { event.preventDefault(); step(-1); }
  });
  addEventListener("resize", strip);
  draw(); head(); filter(); strip();
  const asked = new URLSearchParams(location.hash.slice(1));
  if (asked.has("search")) { $("search").value = asked.get("search"); filter(); }
  if (asked.has("row") && rows.has(Number(asked.get("row")))) { const view = rows.get(Number(asked.get("row"))); choose(view.row, view.exchange); view.element.scrollIntoView({ block: "center" }); }
})();
