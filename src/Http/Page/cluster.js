import { call } from "./api.js";
import { showExperts } from "./experts.js";

// The panel beside the talk: one card per node and the experts' load, refreshed while the page is visible.
const pollMs = 2000;
const narrow = "(max-width: 64rem)";
const summary = document.getElementById("cluster-summary");
const list = document.getElementById("nodes");
let before = new Map();

const number = new Intl.NumberFormat("en");
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 0 });
const gibibyte = 2 ** 30;
const size = (bytes) => bytes >= gibibyte ? `${(bytes / gibibyte).toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
const count = (value, one, many = `${one}s`) => `${number.format(value)} ${value === 1 ? one : many}`;

function part(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

// A labelled bar from 0 to 1.
function meter(label, share, text) {
  const row = part("div", "meter");
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = Math.min(1, Math.max(0, share));
  bar.setAttribute("aria-label", label);
  row.append(part("span", "label", label), bar, part("span", "value", text));
  return row;
}

function card(node, index, rows, allRows) {
  const item = part("li", `node owner-${index % 6}`);
  if (!node.reachable) item.classList.add("lost");
  else if (node.state === "ready") item.classList.add("ready");
  const speed = node.compute_bytes_per_second > 0 ? ` at ${(node.compute_bytes_per_second / 1e9).toFixed(1)} GB/s` : "";
  item.title = `${node.role} at ${node.address}, ${count(node.threads, "thread")}${speed}, ${percent.format(node.share)} of the experts, ${count(node.dispatches_served, "dispatch", "dispatches")} served`;

  const name = part("div", "name");
  name.append(part("span", "dot"), part("span", "id", node.id), part("span", "state", node.reachable ? node.state : "unreachable"));
  const held = node.memory_budget_bytes > 0 ? node.bytes_held / node.memory_budget_bytes : 0;
  item.append(
    name,
    part("div", "muted", `${count(node.experts_held, "expert")} held · queue ${number.format(node.queue_length)}`),
    meter("memory", held, size(node.bytes_held)),
    meter("load", allRows > 0 ? rows / allRows : 0, allRows > 0 ? percent.format(rows / allRows) : "idle"),
    part("div", "muted", `${count(node.rows_computed, "row")} computed`));
  return item;
}

function show(cluster) {
  const live = cluster.nodes.filter((node) => node.reachable).length;
  const missing = cluster.missing_count;
  summary.classList.toggle("bad", missing > 0);
  const state = missing > 0
    ? cluster.placement_version === 0 && cluster.not_ready || `${count(missing, "expert")} without a live owner`
    : `${count(live, "node")} live · placement ${cluster.placement_version}`;
  // An unchanged text is not set again: a screen reader would read it out every time.
  if (summary.textContent !== state) summary.textContent = state;

  // A node's load is its share of the rows since the last look; a restarted node counts from nothing.
  const rows = cluster.nodes.map((node) => Math.max(0, node.rows_computed - (before.get(node.id) ?? node.rows_computed)));
  const allRows = rows.reduce((sum, value) => sum + value, 0);
  before = new Map(cluster.nodes.map((node) => [node.id, node.rows_computed]));
  list.replaceChildren(...cluster.nodes.map((node, index) => card(node, index, rows[index], allRows)));
  showExperts(cluster);
}

async function poll() {
  if (document.visibilityState === "visible") {
    try {
      show(await (await call("/cluster")).json());
    } catch (failure) {
      summary.classList.add("bad");
      summary.textContent = failure.status === 401 ? "needs the API key" : `no view: ${failure.message}`;
    }
  }
  setTimeout(poll, pollMs);
}

if (matchMedia(narrow).matches) document.getElementById("cluster").open = false;
poll();
