// What the charts show: the last hour, as points. Pure data, in seconds of this browser's clock.

const hour = 3600;
const sampleSeconds = 10; // the server's: docs/http-api.md
// So many samples missing are a gap: the server was away, or asleep.
const gapSeconds = 3 * sampleSeconds;

const lines = ["online", "heartbeats", "statuses", "p50", "p99", "p999"];

// The columns of GET /history as points; counters become rates.
const pointsOf = (history, now) =>
  history.age_ms.map((age, i) => {
    const passed = i > 0 ? (history.age_ms[i - 1] - age) / 1000 : 0;
    const rateOf = (counter) => (passed > 0 ? (counter[i] - counter[i - 1]) / passed : null);
    const latencyOf = (quantile) => quantile[i] || null; // nothing was served
    return {
      at: now - age / 1000,
      online: history.online[i],
      heartbeats: rateOf(history.heartbeats),
      statuses: rateOf(history.statuses),
      p50: latencyOf(history.turn_p50_ns),
      p99: latencyOf(history.turn_p99_ns),
      p999: latencyOf(history.turn_p999_ns),
    };
  });

export class History {
  #points = [];
  #live = []; // the last point of now

  // Takes over what the server remembers. Older points stay: they are of a life that it does not know of.
  update(history, now) {
    const fresh = pointsOf(history, now);
    const begin = (fresh[0]?.at ?? now) - 1;
    const older = [...this.#points, ...this.#live].filter(({ at }) => at < begin);
    this.#points = [...older, ...fresh].filter(({ at }) => now - at <= hour);
  }

  // The latest sample that holds such a number.
  latest(line) {
    return this.#points.findLast((point) => point[line] != null)?.[line] ?? null;
  }

  // As charts want it: a list for every line, `at` first. `live` is the point of now; lines that it lacks end before.
  columns(live) {
    this.#live = [live];
    const rows = [];
    for (const point of [...this.#points, live]) {
      const last = rows.at(-1);
      if (last && point.at <= last.at) continue;
      if (last && point.at - last.at > gapSeconds) rows.push({ at: (last.at + point.at) / 2 });
      rows.push(point);
    }
    return Object.fromEntries(["at", ...lines].map((line) => [line, rows.map((row) => row[line] ?? null)]));
  }
}

// Counters of GET /stats as rates: over the last few seconds, so that they do not jump.
export class Rates {
  static #seconds = 5;
  #polls = [];

  // `now`: seconds of a clock that only goes forward.
  add(stats, now) {
    const last = this.#polls.at(-1);
    if (last && stats.started_at_us !== last.stats.started_at_us) this.#polls = []; // another life: it counts from 0
    this.#polls.push({ stats, now });
    while (this.#polls.length > 2 && now - this.#polls[1].now >= Rates.#seconds) this.#polls.shift();
  }

  // A second; null when nothing can be said yet.
  of(counter) {
    const [first, last] = [this.#polls[0], this.#polls.at(-1)];
    if (!first || last.now <= first.now) return null;
    return (last.stats[counter] - first.stats[counter]) / (last.now - first.now);
  }
}
