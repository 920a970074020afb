// The parts of the page that change by themselves, and the answer's form. Without it every form still works.
const EVERY = 2000;
const title = document.title;

function follow(part) {
  let shown = null;
  const refresh = async () => {
    try {
      const answer = await fetch(part.dataset.part, { credentials: "same-origin" });
      if (answer.redirected) { location.assign("/people/sign-in"); return; }
      const html = answer.ok ? await answer.text() : shown;
      if (html !== null && html !== shown) {
        if (shown !== null) replace(part, html);
        shown = html;
        afterwards(part);
      }
    } catch { /* the next round may reach the site again */ }
    setTimeout(refresh, document.hidden ? EVERY * 3 : EVERY);
  };
  refresh();
}

function replace(part, html) {
  const open = [...part.querySelectorAll("details")].map((each) => each.open);
  const focused = part.contains(document.activeElement) ? document.activeElement.closest("[href],[action]")?.getAttribute("href") : null;
  part.innerHTML = html; // made by our own templates, every word escaped
  part.querySelectorAll("details").forEach((each, index) => { if (index in open) each.open = open[index]; });
  if (focused) part.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
}

function afterwards(part) {
  if (part.dataset.chosen) {
    part.querySelector(`[data-handoff="${CSS.escape(part.dataset.chosen)}"]`)?.setAttribute("aria-current", "page");
  }
  const waiting = part.querySelector("[data-waiting]")?.dataset.waiting;
  if (waiting !== undefined) document.title = waiting === "0" ? title : `(${waiting}) ${title}`;
  const said = part.querySelector(".said");
  if (said) said.scrollTop = said.scrollHeight;
}

function prepare(form) {
  const text = form.elements.text;
  const alert = form.querySelector("[role=alert]");
  const renew = () => { form.elements.key.value = [...crypto.getRandomValues(new Uint32Array(4))].join("-"); };
  renew();
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin" });
      if (answer.url.includes("problem=")) { location.assign(answer.url); return; }
      if (!answer.ok || answer.url.endsWith("/sign-in")) throw new Error("not sent");
      text.value = "";
      renew();
      alert.hidden = true;
    } catch {
      alert.hidden = false; // the text stays, and so does its key: sent twice, it is said once
    } finally { button.disabled = false; text.focus(); }
  });
}

document.querySelectorAll("[data-part]").forEach(follow);
document.querySelectorAll("form.answer").forEach(prepare);
