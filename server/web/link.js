// Says whether the server answers, since when it does not, and what happens next.
import { ApiError, NoAnswer } from "./api.js";
import { byId, say } from "./dom.js";
import { clock, duration } from "./format.js";

const firstDelay = 1;
const longestDelay = 15;
const newsSeconds = 20;
// The figures are those of now while they are no older than that.
const freshSeconds = 3;

const unixNow = () => Date.now() / 1000;

// In a word, and as a sentence; `since` is empty when it never was otherwise.
const describe = (error, since) => {
  if (error instanceof NoAnswer) return ["No answer", `No answer from the server${since}.`];
  if (error instanceof ApiError) return ["Errors", `The server answers with errors${since}: ${error.message}.`];
  console.error(error); // of this page's own making
  return ["Page failed", `This page has failed${since}, and the server may be well: ${error.message}.`];
};

export class Link {
  #state = "connecting";
  #lastAnswer = null; // of when the figures are: Unix seconds
  #life = null; // when the server that gave it was started
  #failures = 0;
  #retryAt = 0;
  #newsUntil = 0;

  constructor(tryNow) {
    byId("try-now").addEventListener("click", tryNow);
  }

  // Of when the figures are.
  get when() {
    return this.#state === "live" || this.#lastAnswer === null ? "now" : `at ${clock(this.#lastAnswer)}`;
  }

  get isAway() {
    return this.#failures > 0;
  }

  // `at`: when the figures came, in Unix seconds.
  answered({ started_at_us: life }, at) {
    if (this.#lastAnswer !== null) this.#tellNews(at, life !== this.#life);
    this.#lastAnswer = at;
    this.#life = life;
    this.#failures = 0;
    this.#show("live", "Live");
    this.tick();
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
    this.tick();
    return delay;
  }

  waitsForToken() {
    this.#show("waiting", "Token needed");
    document.title = "Token needed · Lastbeat";
  }

  // Since the last answer. A server that is started anew quickly was never away, as seen from here.
  #tellNews(now, isAnew) {
    if (!this.isAway && !isAnew) return;
    const back = `The server is back after ${duration(now - this.#lastAnswer)}.`;
    const anew = `${this.isAway ? `${back} It` : "The server"} was started anew, and has forgotten who was there before.`;
    this.#newsUntil = now + newsSeconds;
    byId("news").hidden = false;
    say("news", isAnew ? anew : back);
  }

  #show(state, text) {
    this.#state = state;
    byId("link").dataset.state = state;
    say("link", text);
    byId("away").hidden = state !== "away";
    document.body.toggleAttribute("data-away", state === "away");
  }

  // Once a second: ages grow.
  tick() {
    const now = unixNow();
    if (this.#state === "live" && now - this.#lastAnswer > freshSeconds) this.#show("old", `As of ${clock(this.#lastAnswer)}`);
    if (now > this.#newsUntil) byId("news").hidden = true;
    if (!this.isAway) return;
    const ago = this.#lastAnswer === null ? "" : `The figures below are ${duration(now - this.#lastAnswer)} old. `;
    const wait = Math.ceil(this.#retryAt - now);
    say("away-next", `${ago}${wait > 0 ? `Trying again in ${wait} s.` : "Trying again."}`);
  }
}
