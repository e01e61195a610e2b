import { ApiError, call, events, key } from "./api.js";

const bundled = [
  "Write like Shakespeare.",
  "Speak as Ishmael.",
  "Recite Psalms 23:1.",
  "Tell me about the state of the Union.",
  "Who are you?",
];
const reconnectMs = 2000;
const general = ["Who are you?", "Explain mixture of experts in three sentences.", "Write a haiku about the sea."];

const at = (id) => document.getElementById(id);
const talk = at("talk");
const prompt = at("prompt");
let messages = [];
let model = null;
let running = null;

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function notice(text, askKey = false) {
  at("notice").textContent = text;
  at("notice").hidden = !text;
  at("key-form").hidden = !askKey;
  if (askKey) at("key").focus();
}

// Left empty or out of range, the field asks for nothing: then the context is the limit.
function limit() {
  const field = at("max-tokens");
  return field.value && field.validity.valid ? { max_tokens: field.valueAsNumber } : {};
}

function addTurn(role, text = "") {
  at("welcome").hidden = true;
  at("clear").hidden = false;
  const turn = element("div", `turn ${role}`);
  const body = element("div", "text", text);
  turn.append(body);
  talk.append(turn);
  talk.scrollTop = talk.scrollHeight;
  return { turn, body };
}

const rate = (timings) => timings.predicted_per_second.toFixed(timings.predicted_per_second < 10 ? 2 : 1);

function figures(timings, finish) {
  const parts = [`${timings.predicted_n} tokens`, `${rate(timings)} tokens/s`, `first after ${Math.round(timings.prompt_ms)} ms`];
  if (finish === "length") parts.push("cut at the length limit");
  return parts.join(" · ");
}

async function ask(text) {
  if (running) return;
  notice("");
  const history = messages;
  history.push({ role: "user", content: text });
  addTurn("user", text);
  const { turn, body } = addTurn("assistant");
  const line = element("div", "figures", "reading the prompt…");
  turn.append(line);
  turn.classList.add("live");
  running = new AbortController();
  toggle(true);
  let answer = "";
  try {
    const response = await call("/v1/chat/completions", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      signal: running.signal,
      body: JSON.stringify({ model, messages: history, stream: true, temperature: Number(at("temperature").value), ...limit() }),
    });
    answer = await read(response, body, line);
  } catch (failure) {
    answer = body.textContent;
    report(failure, turn, line);
  } finally {
    // A question without an answer would leave two user turns in a row, which many templates refuse.
    if (answer) history.push({ role: "assistant", content: answer });
    else takeBack(history, text);
    turn.classList.remove("live");
    running = null;
    toggle(false);
    prompt.focus();
  }
}

// The words are back in the field: what went wrong may be a node that is loading, or one number of the settings.
function takeBack(history, text) {
  history.pop();
  if (prompt.value || history !== messages) return;
  prompt.value = text;
  fit();
  // The field has grown over what the server said.
  talk.scrollTop = talk.scrollHeight;
}

async function read(response, body, line) {
  let answer = "";
  let pieces = 0;
  let first = 0;
  let finish = null;
  for await (const event of events(response)) {
    const choice = event.choices[0];
    finish = choice?.finish_reason ?? finish;
    if (choice?.delta.content) {
      const stay = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
      answer += choice.delta.content;
      body.append(choice.delta.content);
      pieces++;
      first ||= performance.now();
      const seconds = (performance.now() - first) / 1000;
      if (pieces > 1) line.textContent = `${((pieces - 1) / seconds).toFixed(1)} tokens/s`;
      if (stay) talk.scrollTop = talk.scrollHeight;
    }
    if (event.timings) {
      line.textContent = figures(event.timings, finish);
      at("speed").textContent = `${rate(event.timings)} tokens/s`;
    }
  }
  return answer;
}

function report(failure, turn, line) {
  if (failure.name === "AbortError") {
    line.textContent = "stopped";
    return;
  }
  line.remove();
  turn.append(element("div", "failure", failure instanceof ApiError ? failure.message : "The page failed to read the answer."));
  talk.scrollTop = talk.scrollHeight;
  if (failure.status === 401) notice("This server asks for an API key.", true);
  if (!(failure instanceof ApiError)) console.error(failure);
}

function toggle(isRunning) {
  at("send").hidden = isRunning;
  at("stop").hidden = !isRunning;
  // A screen reader reads the answer when it is whole, not token by token.
  talk.setAttribute("aria-busy", String(isRunning));
}

function fit() {
  prompt.style.height = "auto";
  prompt.style.height = `${prompt.scrollHeight + 2}px`;
}

function send() {
  const text = prompt.value.trim();
  if (!text || running) return;
  prompt.value = "";
  fit();
  ask(text);
}

async function connect() {
  try {
    const list = await (await call("/v1/models")).json();
    model = list.data[0].id;
    at("model").textContent = model;
    notice("");
    const samples = model.startsWith("quarto") ? bundled : general;
    at("samples").replaceChildren(...samples.map((text) => {
      const button = element("button", "", text);
      button.type = "button";
      button.addEventListener("click", () => ask(text));
      return button;
    }));
  } catch (failure) {
    at("model").textContent = "not connected";
    if (failure.status === 401) {
      notice("This server asks for an API key.", true);
      return;
    }

    // A screen reader would read the same notice out again and again.
    if (at("notice").textContent !== failure.message) notice(failure.message);
    setTimeout(connect, reconnectMs);
  }
}

at("composer").addEventListener("submit", (event) => { event.preventDefault(); send(); });
at("stop").addEventListener("click", () => running?.abort());
at("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  key.set(at("key").value.trim());
  at("key").value = "";
  connect();
});
at("clear").addEventListener("click", () => {
  running?.abort();
  messages = [];
  talk.replaceChildren(at("welcome"));
  at("welcome").hidden = false;
  at("clear").hidden = true;
  prompt.focus();
});
at("temperature").addEventListener("input", () => { at("temperature-value").textContent = Number(at("temperature").value).toFixed(1); });
prompt.addEventListener("input", fit);
prompt.addEventListener("keydown", (event) => {
  if (event.key === "Escape") running?.abort();
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});

connect();
prompt.focus();
