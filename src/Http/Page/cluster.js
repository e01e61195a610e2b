import { call } from "./api.js";

// The strip above the talk: one card per node, refreshed while the page is visible.
const pollMs = 2000;
const summary = document.getElementById("cluster-summary");
const list = document.getElementById("nodes");
const rowsBefore = new Map();

const number = new Intl.NumberFormat("en");
const gibibyte = 2 ** 30;
const size = (bytes) => bytes >= gibibyte ? `${(bytes / gibibyte).toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
const count = (value, one, many = `${one}s`) => `${number.format(value)} ${value === 1 ? one : many}`;

function part(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function card(node) {
  const item = part("li", "node", "");
  if (!node.reachable) item.classList.add("lost");
  else if (node.state.toLowerCase() === "ready") item.classList.add("ready");
  if (node.rows_computed > (rowsBefore.get(node.id) ?? node.rows_computed)) item.classList.add("busy");
  rowsBefore.set(node.id, node.rows_computed);
  item.title = `${node.role} at ${node.address}, ${count(node.threads, "thread")}, ${count(node.dispatches_served, "dispatch", "dispatches")}, queue ${node.queue_length}`;

  const name = part("div", "name", "");
  name.append(part("span", "dot", ""), node.id, part("span", "state", node.reachable ? node.state : "unreachable"));
  const memory = document.createElement("progress");
  memory.max = Math.max(1, node.memory_budget_bytes);
  memory.value = node.bytes_held;
  memory.setAttribute("aria-label", `${size(node.bytes_held)} of ${size(node.memory_budget_bytes)} held`);
  item.append(
    name,
    memory,
    part("div", "", `${count(node.experts_held, "expert")} · ${size(node.bytes_held)}`),
    part("div", "muted", `${count(node.rows_computed, "row")} computed`));
  return item;
}

function show(cluster) {
  const live = cluster.nodes.filter((node) => node.reachable).length;
  const missing = cluster.missing.length;
  summary.classList.toggle("bad", missing > 0);
  summary.textContent = missing > 0
    ? `${count(missing, "expert")} without a live owner: answers wait until a node takes them over.`
    : `${count(live, "node")} live · placement ${cluster.placement_version}`;
  list.replaceChildren(...cluster.nodes.map(card));
}

async function poll() {
  if (document.visibilityState === "visible") {
    try {
      show(await (await call("/cluster")).json());
    } catch (failure) {
      summary.classList.add("bad");
      summary.textContent = `No view of the cluster: ${failure.message}`;
    }
  }
  setTimeout(poll, pollMs);
}

poll();
