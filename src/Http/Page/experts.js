// The experts' load: one bar per expert, of one layer or summed over all, in its owner's colour.
const section = document.getElementById("experts");
const picker = document.getElementById("layer");
const bars = document.getElementById("bars");
const busiest = document.getElementById("busiest");
const allLayers = "all";
const number = new Intl.NumberFormat("en");
let latest = null;

function tokens(layers) {
  const sums = new Array(Math.max(0, ...layers.map((layer) => layer.tokens.length))).fill(0);
  for (const layer of layers) layer.tokens.forEach((value, expert) => { sums[expert] += value; });
  return sums;
}

// The index of the first live node that holds the expert in the layer.
function owners(cluster, layer) {
  const found = new Map();
  cluster.nodes.forEach((node, index) => {
    if (!node.reachable) return;
    for (const held of node.experts) {
      if (held.layer !== layer) continue;
      for (const expert of held.experts) if (!found.has(expert)) found.set(expert, index);
    }
  });
  return found;
}

function pick(layers) {
  const names = [allLayers, ...layers.map((layer) => String(layer.layer))];
  if (names.length === picker.options.length && names.every((name, index) => picker.options[index].value === name)) return;
  const chosen = picker.value;
  picker.replaceChildren(...names.map((name) => new Option(name === allLayers ? "all layers" : `layer ${name}`, name)));
  picker.value = names.includes(chosen) ? chosen : allLayers;
}

function bar(expert, value, most, owner, node) {
  const made = document.createElement("span");
  made.className = owner === undefined ? "bar" : `bar owner-${owner % 6}`;
  made.style.height = `${most > 0 ? Math.max(2, value / most * 100) : 2}%`;
  made.title = `expert ${expert}: ${number.format(value)} tokens${node ? `, on ${node.id}` : ""}`;
  return made;
}

function draw() {
  const single = picker.value === allLayers ? null : Number(picker.value);
  const layers = latest.expert_load.filter((layer) => single === null || layer.layer === single);
  const sums = tokens(layers);
  const most = Math.max(0, ...sums);
  const total = sums.reduce((sum, value) => sum + value, 0);
  const found = single === null ? new Map() : owners(latest, single);
  bars.replaceChildren(...sums.map((value, expert) => bar(expert, value, most, found.get(expert), latest.nodes[found.get(expert)])));
  busiest.textContent = total > 0
    ? `Expert ${sums.indexOf(most)} is the busiest: ${number.format(most)} of ${number.format(total)} tokens, ${(most * sums.length / total).toFixed(1)}× the mean.`
    : "No tokens yet.";
  bars.setAttribute("aria-label", `Tokens of ${sums.length} experts. ${busiest.textContent}`);
}

/** Shows a snapshot of the cluster. */
export function showExperts(cluster) {
  latest = cluster;
  section.hidden = cluster.expert_load.length === 0;
  if (section.hidden) return;
  pick(cluster.expert_load);
  draw();
}

picker.addEventListener("change", draw);
