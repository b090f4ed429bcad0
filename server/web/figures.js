// Writes what GET /stats says into the page.
import { byId, say } from "./dom.js";
import { bytes, count, duration, latency, rate } from "./format.js";

// With fewer, what the table takes in any case outweighs what a user takes.
const fewUsers = 1e6;
// From here on the sweep does not keep up: docs/operations.md.
const lateSeconds = 5;

const mark = (id, isBad) => {
  byId(id).dataset.state = isBad ? "bad" : "good";
};

const showMemory = (stats) => {
  const isTelling = stats.entries >= fewUsers;
  say("memory", isTelling ? (stats.table_bytes / stats.entries).toFixed(1) : bytes(stats.table_bytes));
  say("memory-unit", isTelling ? "B a user" : "table");
  const process = `process ${bytes(stats.rss_bytes)}`;
  say("memory-detail", isTelling ? `table ${bytes(stats.table_bytes)}, ${process}` : `${process}. Bytes a user are told from a million users on`);
};

const showSweep = (stats) => {
  const isInDoubt = stats.doubt_left_s > 0;
  const isLate = stats.sweep_lag_s > lateSeconds && !isInDoubt;
  say("sweep", latency(stats.last_pass_us * 1000));
  mark("sweep", isLate);
  const lag = isLate ? `${duration(stats.sweep_lag_s)} behind: too many users for one pass a second` : `a pass a second, on time`;
  say("sweep-detail", isInDoubt ? "waits until the doubt is over" : lag);
};

// Null when the store cannot tell, as a Redis cannot.
export const onlineOf = (stats) => (stats.online_known === 0 ? null : stats.online);

const showOnline = (stats) => {
  const online = onlineOf(stats);
  const isKnown = online !== null;
  say("online", isKnown ? count(online) : "–");
  say("held", count(stats.entries));
  say("uncounted", "The store of this server does not tell how many are online.");
  byId("counted").hidden = !isKnown;
  byId("uncounted").hidden = isKnown;
  byId("chart-online").hidden = !isKnown;
  document.title = isKnown ? `${count(online)} online · Lastbeat` : "Lastbeat";
};

const showStore = (stats) => {
  say("store", "The server cannot reach its store: what it is told is kept until it can, and who is not known to be online is unknown.");
  byId("store").hidden = stats.store_reachable !== 0;
};

export const showFigures = (stats, rates) => {
  showOnline(stats);
  showStore(stats);
  say("doubt", `For ${duration(stats.doubt_left_s)} more the server is in doubt: it has just started, or was stopped, and says unknown instead of offline.`);
  byId("doubt").hidden = stats.doubt_left_s === 0;

  showMemory(stats);
  say("connections", count(stats.connections));
  say("connections-detail", `of ${count(stats.max_connections)} allowed`);
  mark("connections", stats.connections >= stats.max_connections);
  showSweep(stats);
  const busy = rates.of("cpu_us"); // microseconds a second
  say("process", busy === null ? "–" : `${rate(busy / 1e4)} %`);
  say("process-detail", `of one core; up for ${duration(stats.uptime_s)}`);
};
