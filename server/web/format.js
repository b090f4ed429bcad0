// Numbers as people read them. Pure functions.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

const oneOf = (value, units) => {
  const [factor, unit] = units.find(([least]) => value >= least) ?? units.at(-1);
  const amount = value / factor;
  const isExact = factor === units.at(-1)[0]; // of the smallest unit there are no tenths
  return `${isExact || amount >= 100 ? whole.format(amount) : tenths.format(amount)}\u00a0${unit}`;
};

// 1234567 -> "1,234,567"
export const count = (value) => whole.format(value);
// 1234567 -> "1.2M", for axes
export const compact = (value) => short.format(value);
// What happens seldom has tenths: 0.4, 12, 3,456
export const rate = (value) => (value > 0 && value < 9.95 ? tenths.format(value) : whole.format(value));

// 1500 -> "1.5 kB"
export const bytes = (value) =>
  oneOf(value, [
    [1e12, "TB"],
    [1e9, "GB"],
    [1e6, "MB"],
    [1e3, "kB"],
    [1, "B"],
  ]);

// Of nanoseconds, whole: 1500000 -> "1.5 ms"
export const latency = (nanoseconds) =>
  oneOf(nanoseconds, [
    [1e9, "s"],
    [1e6, "ms"],
    [1e3, "µs"],
    [1, "ns"],
  ]);

// Of seconds: "45 s", "3 min 20 s", "2 h 5 min", "3 d 4 h"
export const duration = (seconds) => {
  const units = [
    [86400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const first = units.findIndex(([length]) => seconds >= length);
  if (first < 0) return "0 s";
  let rest = Math.floor(seconds);
  const parts = [];
  for (const [length, unit] of units.slice(first, first + 2)) {
    const amount = Math.floor(rest / length);
    if (amount > 0) parts.push(`${amount} ${unit}`);
    rest %= length;
  }
  return parts.join(" ");
};

const two = (number) => String(number).padStart(2, "0");

// Of Unix seconds: "14:03", here.
export const hourAndMinute = (unixSeconds) => {
  const date = new Date(unixSeconds * 1000);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
};

// Of Unix seconds: "14:03:22", here, and the day when it is not today.
export const clock = (unixSeconds) => {
  const date = new Date(unixSeconds * 1000);
  const time = `${hourAndMinute(unixSeconds)}:${two(date.getSeconds())}`;
  return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString()} ${time}`;
};
