// The facts of a message: a click puts one in where the cursor is, and so does a brace that is typed, by a list to choose
// from. Without this file they are words to copy.
const FIELDS = "textarea[lang], input[name*='.subject.']";
const PLACEHOLDER = /\{(\w*)$/;
let last = null; // the field in which somebody wrote last
let list = null; // what is offered now: its field, its options, the one that Enter takes

const messageOf = (place) => place.closest("fieldset.message");
const factsOf = (field) => [...(messageOf(field)?.querySelectorAll("[data-fact]") ?? [])].map((each) => each.dataset.fact);

// Each fact that is listed becomes a button.
export function offerFacts(part) {
  part.querySelectorAll("[data-with-script]").forEach((each) => { each.hidden = false; });
  part.querySelectorAll("code[data-fact]").forEach((each) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "fact";
    button.textContent = each.textContent;
    button.ariaLabel = each.dataset.says;
    button.title = each.dataset.says;
    button.dataset.fact = each.dataset.fact;
    button.addEventListener("click", () => putIn(button));
    each.replaceWith(button);
  });
}

function putIn(button) {
  const message = messageOf(button);
  const field = last?.isConnected && messageOf(last) === message ? last : message.querySelector(FIELDS);
  insert(field, field.selectionStart, field.selectionEnd, button.dataset.fact);
}

function insert(field, from, to, fact) {
  field.focus();
  field.setRangeText(`{${fact}}`, from, to, "end");
  close();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function propose(field) {
  close();
  const typed = PLACEHOLDER.exec(field.value.slice(0, field.selectionStart));
  const facts = typed ? factsOf(field).filter((each) => each.startsWith(typed[1])) : [];
  if (!facts.length) return;
  const box = document.createElement("ul");
  box.id = "fact-list";
  box.className = "offered";
  box.role = "listbox";
  box.ariaLabel = field.closest("label").firstChild.textContent.trim();
  facts.forEach((fact, n) => {
    const option = document.createElement("li");
    option.id = `fact-${n}`;
    option.role = "option";
    option.textContent = `{${fact}}`;
    option.addEventListener("mousedown", (event) => { event.preventDefault(); take(n); });
    box.append(option);
  });
  const beside = field.closest("label"); // not in it: what it holds is the field's name
  beside.after(box);
  box.style.top = `${field.offsetTop + field.offsetHeight}px`;
  box.style.left = `${field.offsetLeft}px`;
  list = { field, facts, box, from: field.selectionStart - typed[0].length, chosen: 0 };
  field.setAttribute("aria-controls", box.id);
  choose(0);
}

function choose(n) {
  list.chosen = (n + list.facts.length) % list.facts.length;
  [...list.box.children].forEach((each, at) => { each.ariaSelected = String(at === list.chosen); });
  list.field.setAttribute("aria-activedescendant", `fact-${list.chosen}`);
}

function take(n) {
  const { field, facts, from } = list;
  const rest = field.value[field.selectionStart] === "}" ? 1 : 0;
  insert(field, from, field.selectionStart + rest, facts[n]);
}

function close() {
  list?.box.remove();
  list?.field.removeAttribute("aria-controls");
  list?.field.removeAttribute("aria-activedescendant");
  list = null;
}

const KEYS = {
  ArrowDown: () => choose(list.chosen + 1), ArrowUp: () => choose(list.chosen - 1),
  Enter: () => take(list.chosen), Tab: () => take(list.chosen), Escape: close,
};

document.addEventListener("focusin", (event) => {
  if (event.target.matches(FIELDS)) last = event.target;
  else if (!event.target.matches(".fact")) last = null;
  if (list && event.target !== list.field) close();
});
document.addEventListener("input", (event) => {
  if (event.isTrusted && event.target.matches(FIELDS)) propose(event.target);
});
document.addEventListener("keydown", (event) => {
  if (!list || event.target !== list.field || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
