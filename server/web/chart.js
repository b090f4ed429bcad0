// A chart of the last hour, with a legend that tells the numbers of now, or of where the cursor is.
import uPlot from "uplot";
import { byId } from "./dom.js";
import { clock, duration, hourAndMinute } from "./format.js";

const shortestSpan = 300;
const longestSpan = 3600;

// Canvases know no custom properties, so the browser is asked what they come to.
const colour = (name) => {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
};
const faint = (rgb) => rgb.replace("rgb(", "rgba(").replace(")", ", 0.1)");

// 1, 2, 5, 10, 20, ...: there is no half of a user.
const wholeSteps = Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
const decades = (_, values) => values.map((value) => (Number.isInteger(Math.log10(value)) ? value : null));

export class Chart {
  #figure;
  #name;
  #lines;
  #format;
  #axis;
  #isLog;
  #plot = null;
  #columns = { at: [] };
  #span = [0, 1];
  #live = [];
  #when = "now";

  // `name`: of `chart-name`, the figure. `lines`: [column, id of the element with its number, colour], the first one
  // filled if it is alone. `format` and `axis`: numbers in the legend and at the axis. `isLog`: by powers of ten.
  constructor(name, { lines, format, axis = format, isLog = false }) {
    this.#name = name;
    this.#figure = byId(`chart-${name}`);
    this.#lines = lines;
    this.#format = format;
    this.#axis = axis;
    this.#isLog = isLog;
    this.#figure.addEventListener("keydown", (event) => this.#onKey(event));
    this.#figure.addEventListener("blur", () => this.#moveTo(null));
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.#figure);
  }

  // `live`: the numbers of now, a line each; null: there is none.
  draw(columns, live) {
    this.#columns = columns;
    this.#live = live;
    const [first, last] = [columns.at[0], columns.at.at(-1)];
    const length = Math.min(Math.max(last - first, shortestSpan), longestSpan);
    this.#span = [last - length, last];
    if (this.#plot === null) this.recolour();
    else this.#plot.setData(this.#data());
    this.#write();
    this.#describe(last - first);
  }

  // Of when the latest numbers are.
  date(when) {
    this.#when = when;
    this.#write();
  }

  // Builds the plot anew, with the colours of now.
  recolour() {
    if (this.#columns.at.length === 0) return;
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(), this.#data(), this.#figure);
  }

  #data() {
    return [this.#columns.at, ...this.#lines.map(([column]) => this.#columns[column])];
  }

  #size() {
    return { width: this.#figure.clientWidth, height: this.#figure.clientHeight };
  }

  #options() {
    const [muted, line] = [colour("muted"), colour("line")];
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: muted, font, ticks: { show: false } };
    return {
      ...this.#size(),
      padding: [8, 18, 0, 0],
      legend: { show: false },
      // One time for all charts.
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: "lastbeat" }, points: { size: 7 } },
      hooks: { setCursor: [() => this.#write()] },
      scales: {
        x: { range: () => this.#span },
        y: this.#isLog
          ? { distr: 3, range: (_, least, most) => (least ? uPlot.rangeLog(least, most, 10, true) : [1e3, 1e6]) }
          : { range: (_, __, most) => [0, Math.max(most * 1.15, 5)] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          space: 56,
          size: 27,
          gap: 8,
          values: (_, times) => times.map(hourAndMinute),
          incrs: [1, 2, 5, 10, 15, 30].map((minutes) => 60 * minutes),
        },
        {
          ...axis,
          grid: { stroke: line, width: 1, ...(this.#isLog && { filter: decades }) },
          size: (_, texts) => 16 + 7 * Math.max(0, ...(texts ?? []).map((text) => text?.length ?? 0)),
          gap: 8,
          space: 34,
          ...(this.#isLog ? { filter: decades } : { incrs: wholeSteps }),
          values: (_, values) => values.map((value) => (value === null ? null : this.#axis(value))),
        },
      ],
      series: [
        {},
        ...this.#lines.map(([, , name]) => ({
          stroke: colour(name),
          fill: this.#lines.length === 1 ? faint(colour(name)) : undefined,
          width: this.#lines.length === 1 ? 2 : 1.5,
          points: { show: false },
        })),
      ],
    };
  }

  // The numbers of the cursor's time, or of now.
  #write() {
    const index = this.#plot?.cursor.idx ?? null;
    const isNow = index === null || index >= this.#columns.at.length;
    const values = isNow ? this.#live : this.#lines.map(([column]) => this.#columns[column][index]);
    this.#lines.forEach(([, id], i) => (byId(id).textContent = values[i] == null ? "–" : this.#format(values[i])));
    const when = document.querySelector(`[data-when="${this.#name}"]`);
    when.textContent = isNow ? this.#when : `at ${clock(this.#columns.at[index])}`;
  }

  // For who does not see the picture.
  #describe(seconds) {
    const texts = this.#lines.map(([column, id]) => {
      const label = byId(id).closest("div").querySelector("dt")?.textContent ?? "Users online";
      const values = this.#columns[column].filter((value) => value !== null);
      if (values.length === 0) return `${label}: nothing yet`;
      return `${label}: ${this.#format(Math.min(...values))} to ${this.#format(Math.max(...values))}`;
    });
    this.#figure.setAttribute("role", "img");
    this.#figure.setAttribute("aria-label", `Chart of the last ${duration(Math.max(seconds, 1))}. ${texts.join("; ")}. Arrow keys read it.`);
  }

  #onKey(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    if (event.key === "Escape") return this.#moveTo(null);
    if (!(event.key in steps) || this.#plot === null) return;
    event.preventDefault();
    const last = this.#columns.at.length - 1;
    const index = Math.min(Math.max((this.#plot.cursor.idx ?? last) + steps[event.key], 0), last);
    this.#moveTo(index);
    const texts = this.#lines.map(([column]) => this.#columns[column][index]).map((value) => (value === null ? "nothing" : this.#format(value)));
    byId("reading").textContent = `${clock(this.#columns.at[index])}: ${texts.join(", ")}`;
  }

  // Of this chart and all others; null: away from them.
  #moveTo(index) {
    if (this.#plot === null) return;
    const place = index === null ? -10 : this.#plot.valToPos(this.#columns.at[index], "x");
    this.#plot.setCursor({ left: place, top: index === null ? -10 : 0 }, true, true);
  }
}
