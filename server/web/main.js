// The dashboard: asks the server again and again, and shows what it says.
import { Api } from "./api.js";
import { Chart } from "./chart.js";
import { byId } from "./dom.js";
import { onlineOf, showFigures } from "./figures.js";
import { compact, count, latency, rate } from "./format.js";
import { History, Rates } from "./history.js";
import { Link } from "./link.js";
import { Lookup } from "./lookup.js";
import { Nap } from "./nap.js";
import { SignIn } from "./sign_in.js";
import { setUpTheme } from "./theme.js";

const pollMs = 1000;
const hiddenPollMs = 10000;
const historySeconds = 10;

const nap = new Nap();
const wake = () => nap.wake();
const signIn = new SignIn(wake);
const api = new Api(() => signIn.token());
const link = new Link(wake);
const lookup = new Lookup(wake);
const history = new History();
const rates = new Rates();
const charts = {
  online: new Chart("online", { lines: [["online", "online", "first"]], format: count, axis: compact }),
  traffic: new Chart("traffic", {
    lines: [
      ["heartbeats", "heartbeats", "first"],
      ["statuses", "statuses", "second"],
    ],
    format: rate,
    axis: compact,
  }),
  latency: new Chart("latency", {
    lines: [
      ["p50", "p50", "first"],
      ["p99", "p99", "second"],
      ["p999", "p999", "third"],
    ],
    format: latency,
    axis: (value) => latency(value).replace(".0", ""),
    isLog: true,
  }),
};
let historyAt = -Infinity;

const draw = (stats, now) => {
  const live = { at: now, online: onlineOf(stats), heartbeats: rates.of("heartbeats"), statuses: rates.of("statuses") };
  const columns = history.columns(live);
  charts.online.draw(columns, [live.online]);
  charts.traffic.draw(columns, [live.heartbeats, live.statuses]);
  charts.latency.draw(columns, ["p50", "p99", "p999"].map((line) => history.latest(line)));
};

const date = () => Object.values(charts).forEach((chart) => chart.date(link.when));

const look = async () => {
  const stats = await api.get("stats");
  const now = Date.now() / 1000;
  if (link.isAway || now - historyAt >= historySeconds) {
    history.update(await api.get("history"), Date.now() / 1000);
    historyAt = now;
  }
  signIn.close();
  rates.add(stats, performance.now() / 1000); // no clock that is set
  showFigures(stats, rates);
  draw(stats, now);
  await lookup.refresh(api);
  link.answered(stats, now);
  date();
};

const whatIsWrong = (error) => {
  if (error.status === 403) return "This token does not allow to look at the server: it lacks the scope admin.";
  return error.hadToken ? "This token is not valid." : "";
};

const run = async () => {
  for (;;) {
    try {
      await look();
      await nap.sleep(document.hidden ? hiddenPollMs : pollMs);
    } catch (error) {
      if (error.status === 401 || error.status === 403) {
        link.waitsForToken();
        await signIn.ask(whatIsWrong(error));
      } else {
        signIn.close(); // what has just been given cannot be judged; what is wrong is told behind it
        const delay = link.failed(error);
        date();
        await nap.sleep(1000 * delay);
      }
    }
  }
};

setInterval(() => {
  link.tick();
  date();
}, 1000);
byId("host").textContent = location.host;
setUpTheme(() => Object.values(charts).forEach((chart) => chart.recolour()));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) wake();
});
run();
