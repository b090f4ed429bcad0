// Says whether the server answers, since when it does not, and what happens next.
import { ApiError, NoAnswer } from "./api.js";
import { byId, say } from "./dom.js";
import { clock, duration } from "./format.js";

const firstDelay = 1;
const longestDelay = 15;
const newsSeconds = 20;

const unixNow = () => Date.now() / 1000;

// In a word, and as a sentence; `since` is empty when it never was otherwise.
const describe = (error, since) => {
  if (error instanceof NoAnswer) return ["No answer", `No answer from the server${since}.`];
  if (error instanceof ApiError) return ["Errors", `The server answers with errors${since}: ${error.message}.`];
  console.error(error); // of this page's own making
  return ["Page failed", `This page has failed${since}, and the server may be well: ${error.message}.`];
};

export class Link {
  #lastAnswer = null; // Unix seconds
  #failures = 0;
  #retryAt = 0;
  #newsUntil = 0;

  constructor(tryNow) {
    byId("try-now").addEventListener("click", tryNow);
    setInterval(() => this.#tick(), 1000);
  }

  // Of when the figures are.
  get when() {
    return this.isAway && this.#lastAnswer !== null ? `at ${clock(this.#lastAnswer)}` : "now";
  }

  get isAway() {
    return this.#failures > 0;
  }

  answered({ uptime_s: uptime }) {
    const now = unixNow();
    if (this.isAway) this.#comeBack(now, uptime);
    this.#lastAnswer = now;
    this.#failures = 0;
    this.#show("live", "Live");
  }

  // Seconds until the next try: doubled each time.
  failed(error) {
    const delay = Math.min(firstDelay * 2 ** this.#failures, longestDelay);
    this.#failures += 1;
    this.#retryAt = unixNow() + delay;
    const since = this.#lastAnswer === null ? "" : ` since ${clock(this.#lastAnswer)}`;
    const [word, sentence] = describe(error, since);
    say("away-what", sentence);
    this.#show("away", word);
    document.title = `${word} · Lastbeat`;
    this.#tick();
    return delay;
  }

  waitsForToken() {
    this.#show("waiting", "Token needed");
  }

  #comeBack(now, uptime) {
    if (this.#lastAnswer === null) return;
    const away = now - this.#lastAnswer;
    const restarted = uptime < away ? " It was started anew, and has forgotten who was there before." : "";
    this.#newsUntil = now + newsSeconds;
    byId("news").hidden = false;
    say("news", `The server is back after ${duration(away)}.${restarted}`);
  }

  #show(state, text) {
    byId("link").dataset.state = state;
    say("link", text);
    byId("away").hidden = state !== "away";
    document.body.toggleAttribute("data-away", state === "away");
  }

  #tick() {
    const now = unixNow();
    if (now > this.#newsUntil) byId("news").hidden = true;
    if (!this.isAway) return;
    const ago = this.#lastAnswer === null ? "" : `The figures below are ${duration(now - this.#lastAnswer)} old. `;
    const wait = Math.ceil(this.#retryAt - now);
    say("away-next", `${ago}${wait > 0 ? `Trying again in ${wait} s.` : "Trying again."}`);
  }
}
