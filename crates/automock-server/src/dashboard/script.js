
"use strict";
(() => {
  const KEPT = 500;
  const EVERY = 1000;
  const LIMIT = 100;
  const base = location.pathname.replace(/\/+$/, "");
  const byId = (id) => document.getElementById(id);
  const list = byId("list");
  const whole = new Intl.NumberFormat("en");
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
  const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

  const state = { next: null, started: null, paused: false, text: "", show: "all", timer: 0, asked: 0 };

  // All that comes from traffic gets into the page here, and only as text.
  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined && text !== null) made.textContent = text;
    return made;
  };
  const setText = (node, text) => { if (node.textContent !== text) node.textContent = text; };

  const say = (word, text) => {
    byId("state").dataset.state = word;
    setText(byId("state"), text);
  };

  // ---- Requests

  const reason = (why) => {
    if (!why) return "open it to see why";
    if (why.verdict === "empty") return "there is no expectation";
    if (why.verdict === "over") return `${why.closest} would match, but its times or its time are over`;
    if (why.verdict === "answers") return `${why.closest} matches now: it came after this request`;
    const first = why.differences[0];
    return `closest is ${why.closest}; ${first.property}: expected ${first.expected}, found ${first.found}`;
  };

  const outcomeOf = (row) => {
    if (row.outcome === "missed") return "missed";
    if (row.outcome === "broken") return "broken off";
    return row.status === null ? row.outcome : `${row.status}`;
  };

  const isShown = (item) => {
    const isMissed = item.dataset.outcome === "missed";
    if (state.show === "missed" && !isMissed) return false;
    if (state.show === "matched" && isMissed) return false;
    return state.text === "" || item.dataset.text.includes(state.text);
  };

  const lineOf = (row) => {
    const item = element("li", `${row.outcome} new`);
    item.dataset.outcome = row.outcome;
    item.dataset.text = [row.method, row.target, outcomeOf(row), row.expectation || ""].join(" ").toLowerCase();
    const button = element("button");
    button.type = "button";
    button.dataset.number = row.number;
    button.append(element("span", "time", clock.format(row.at)), element("span", "method", row.method),
      element("span", "target", row.target), element("span", "outcome", outcomeOf(row)));
    const note = row.outcome === "missed" ? reason(row.why) : `${row.outcome} by ${row.expectation}`;
    button.append(element("span", "note", note));
    item.append(button);
    item.hidden = !isShown(item);
    return item;
  };

  const gapOf = (count) => {
    const item = element("li", "gap", `${whole.format(count)} more between these are not shown`);
    item.dataset.outcome = "gap";
    return item;
  };

  const countShown = () => {
    const requests = [...list.children].filter((item) => item.dataset.outcome !== "gap");
    const shown = requests.filter((item) => !item.hidden).length;
    const all = state.text === "" && state.show === "all";
    setText(byId("shown"), all ? "" : `${whole.format(shown)} of the latest ${whole.format(requests.length)} requests`);
    byId("nothing").hidden = requests.length > 0;
  };

  const applyFilter = () => {
    for (const item of list.children) {
      item.classList.remove("new");
      item.hidden = item.dataset.outcome === "gap" ? state.text !== "" || state.show !== "all" : !isShown(item);
    }
    countShown();
  };

  const addRequests = (data) => {
    const lines = data.requests.map(lineOf).reverse();
    if (data.skipped > 0 && list.childElementCount > 0) {
      const gap = gapOf(data.skipped);
      gap.hidden = state.text !== "" || state.show !== "all";
      lines.push(gap);
    }
    list.prepend(...lines);
    while (list.childElementCount > KEPT) {
      // A line that somebody stands on stays until they leave it.
      if (list.lastElementChild.contains(document.activeElement)) break;
      list.lastElementChild.remove();
    }
    if (!data.is_recording) setText(byId("nothing"), "Requests are counted and not kept: the journal is off.");
    if (lines.length > 0 || byId("nothing").hidden === (list.childElementCount === 0)) countShown();
  };

  // ---- Expectations and revisions

  const rowsById = new Map();

  const makeRow = () => {
    const row = element("tr");
    const what = element("th");
    what.scope = "row";
    what.append(element("span", "what"), element("span", "quiet"));
    row.append(what, element("td", "number"), element("td", "number"));
    return row;
  };

  const showExpectations = (expectations) => {
    const body = byId("counted");
    const seen = new Set();
    expectations.shown.forEach((expectation, place) => {
      seen.add(expectation.id);
      let row = rowsById.get(expectation.id);
      if (!row) {
        row = makeRow();
        rowsById.set(expectation.id, row);
      }
      const [what, answered, left] = row.children;
      const words = [expectation.id, expectation.action, `from a ${expectation.origin}`];
      if (expectation.priority !== 0) words.push(`priority ${expectation.priority}`);
      if (!expectation.is_alive) words.push("over");
      setText(what.firstChild, expectation.request || "every request");
      setText(what.lastChild, words.join(" · "));
      setText(answered, whole.format(expectation.answered));
      setText(left, expectation.remaining === null ? "∞" : whole.format(expectation.remaining));
      row.className = expectation.is_alive ? "" : "over";
      if (body.children[place] !== row) body.insertBefore(row, body.children[place] || null);
    });
    for (const [id, row] of rowsById) {
      if (!seen.has(id)) {
        row.remove();
        rowsById.delete(id);
      }
    }
    const rest = expectations.more > 0 ? `${whole.format(expectations.more)} more are asked after these` : "";
    setText(byId("more-expectations"), expectations.shown.length === 0 ? "There is none yet." : rest);
  };

  let reloadsShown = "";

  const showReloads = (reloads) => {
    const now = JSON.stringify(reloads);
    if (now === reloadsShown) return;
    reloadsShown = now;
    byId("no-reloads").hidden = reloads.length > 0;
    byId("reloads").replaceChildren(...reloads.map((reload) => {
      const item = element("li");
      item.append(element("div", "quiet", moment.format(reload.at)));
      if (reload.refused === null) {
        item.append(element("span", "mono", reload.revision),
          element("span", "quiet", ` · ${whole.format(reload.expectations)} expectations`));
      } else {
        item.append(element("strong", "", "Refused; what was served stays"), element("div", "refused", reload.refused));
      }
      return item;
    }));
  };

  // ---- Asking

  const show = (data) => {
    if (state.started !== null && state.started !== data.started) {
      list.replaceChildren();
      state.next = null;
      state.started = data.started;
      countShown();
      return;
    }
    state.started = data.started;
    state.next = data.next;
    setText(byId("matched"), whole.format(data.matched));
    setText(byId("missed"), whole.format(data.unmatched));
    setText(byId("revision"), data.revision || "none");
    addRequests(data);
    showExpectations(data.expectations);
    showReloads(data.reloads);
  };

  const ask = async () => {
    if (state.paused || document.hidden) return;
    const asked = ++state.asked;
    const from = state.next === null ? "" : `&from=${state.next}`;
    try {
      const response = await fetch(`${base}/data?limit=${LIMIT}${from}`, { signal: AbortSignal.timeout(10000) });
      if (!response.ok) throw new Error(`the server says ${response.status}`);
      const data = await response.json();
      if (state.paused || asked !== state.asked) return;
      show(data);
      say("live", "live");
    } catch (error) {
      if (asked === state.asked && !state.paused) say("lost", `no connection, trying again (${error.message})`);
    }
    if (asked === state.asked) plan();
  };

  const plan = () => {
    clearTimeout(state.timer);
    state.timer = setTimeout(ask, EVERY);
  };

  // ---- Details

  const facts = (pairs, more) => {
    const shown = element("dl", "facts");
    for (const [name, value] of pairs) shown.append(element("dt", "", name), element("dd", "", value));
    if (more > 0) shown.append(element("dt", "", ""), element("dd", "", `and ${whole.format(more)} more`));
    return shown;
  };

  const part = (body, title, ...content) => body.append(element("h3", "", title), ...content);

  const partOfPairs = (body, title, pairs) => {
    if (pairs.shown.length > 0) part(body, title, facts(pairs.shown, pairs.more));
  };

  const partOfBody = (body, title, found) => {
    if (!found) return;
    const size = `${title}, ${whole.format(found.bytes)} bytes${found.is_text ? "" : ", no text"}`;
    const text = element("pre", "", found.text);
    text.tabIndex = 0;
    part(body, found.is_cut ? `${size}; its beginning` : size, text);
  };

  const whyOf = (why) => {
    const shown = element("div", "why");
    const words = {
      empty: "There is no expectation.",
      over: `The expectation ${why.closest} would match, but its times or its time are over.`,
      answers: `The expectation ${why.closest} matches now: it came after this request.`,
      differs: `Closest of the present expectations is ${why.closest}. What differs:`,
    };
    shown.append(element("p", "", words[why.verdict]));
    for (const difference of why.differences) {
      const one = element("div", "difference");
      one.append(element("span", "property", difference.property),
        facts([["expected", difference.expected], ["found", difference.found]], 0));
      shown.append(one);
    }
    return shown;
  };

  const showDetails = (details) => {
    const body = element("div");
    setText(byId("details-title"), `${details.method} ${details.path}`);
    if (details.why) body.append(whyOf(details.why));
    const about = [["Time", `${moment.format(details.at)} (${clock.format(details.at)})`], ["Outcome", details.outcome]];
    if (details.expectation !== null) about.push(["Expectation", details.expectation]);
    about.push(["Protocol", details.secure ? `${details.protocol}, TLS` : details.protocol]);
    if (details.remote !== null) about.push(["From", details.remote]);
    part(body, "Request", facts(about, 0));
    partOfPairs(body, "Query", details.query);
    partOfPairs(body, "Headers", details.headers);
    partOfBody(body, "Body", details.body);
    if (details.response) {
      part(body, "Response", facts([["Status", `${details.response.status}`]], 0));
      partOfPairs(body, "Response headers", details.response.headers);
      partOfBody(body, "Response body", details.response.body);
    }
    byId("details-body").replaceChildren(body);
  };

  let opened = 0;

  const open = async (number, title) => {
    const mine = ++opened;
    setText(byId("details-title"), title);
    byId("details-body").replaceChildren(element("p", "quiet", "loading"));
    byId("details").showModal();
    try {
      const response = await fetch(`${base}/request?number=${number}`, { signal: AbortSignal.timeout(10000) });
      if (!response.ok) throw new Error(await response.text());
      const details = await response.json();
      if (mine === opened) showDetails(details);
    } catch (error) {
      if (mine === opened) byId("details-body").replaceChildren(element("p", "why", error.message));
    }
  };

  // ---- What people do

  const press = (buttons, pressed) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button === pressed));
  };

  byId("filter").addEventListener("input", (event) => {
    state.text = event.target.value.trim().toLowerCase();
    applyFilter();
  });
  const choices = [...document.querySelectorAll("[data-show]")];
  for (const choice of choices) {
    choice.addEventListener("click", () => {
      state.show = choice.dataset.show;
      press(choices, choice);
      applyFilter();
    });
  }
  const views = [...document.querySelectorAll("nav [data-view]")];
  for (const view of views) {
    view.addEventListener("click", () => {
      document.querySelector("main").dataset.view = view.dataset.view;
      press(views, view);
    });
  }
  byId("pause").addEventListener("click", (event) => {
    state.paused = !state.paused;
    event.currentTarget.setAttribute("aria-pressed", String(state.paused));
    clearTimeout(state.timer);
    if (state.paused) say("paused", "paused");
    else ask();
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(state.timer);
    ask();
  });
  list.addEventListener("click", (event) => {
    const line = event.target.closest("button[data-number]");
    if (!line) return;
    const text = (name) => line.querySelector(name).textContent;
    open(line.dataset.number, `${text(".method")} ${text(".target")}`);
  });
  byId("close").addEventListener("click", () => byId("details").close());
  byId("details").addEventListener("click", (event) => { if (event.target === byId("details")) byId("details").close(); });

  ask();
})();
