// Looks up one user, and follows it from then on.
import { ApiError } from "./api.js";
import { byId, say } from "./dom.js";
import { clock, count, duration } from "./format.js";

const largestId = 2n ** 64n - 1n;
const isUserId = (text) => /^\d{1,20}$/.test(text) && BigInt(text) <= largestId;

// Beside the status: why, and since when.
const detailOf = ({ status, left, last_hb: last, age_seconds: age }) => {
  if (status === "unknown") return "The server cannot tell yet: it has just started, or was stopped.";
  if (last === null) return "Nothing has been heard of this user lately.";
  const what = left ? "Signed off" : "Last heartbeat";
  return `${what} ${age === 0 ? "just now" : `${duration(age)} ago`}, at ${clock(last)}.`;
};

export class Lookup {
  #user = null;

  // `changed` is called when there is somebody else to ask about.
  constructor(changed) {
    byId("lookup").addEventListener("submit", (event) => {
      event.preventDefault();
      const text = byId("user-id").value.trim();
      if (!isUserId(text)) {
        this.#complain(`A user id is a whole number from 0 to ${count(largestId)}.`);
        return;
      }
      this.#follow(BigInt(text).toString());
      changed();
    });
    byId("forget-user").addEventListener("click", () => {
      this.#follow(null);
      byId("user-id").value = "";
      byId("user-id").focus();
    });
  }

  // Asks the server about the user who is followed, if any.
  async refresh(api) {
    const user = this.#user;
    if (user === null) return;
    try {
      const answer = await api.get(`status/${user}`);
      if (user === this.#user) this.#show(answer); // not of somebody who has been asked for before
    } catch (error) {
      if (error.status === 403) return this.#complain("This token does not allow to look up users: it lacks the scope status.");
      if (error.status === 400) return this.#complain(error.message);
      if (!(error instanceof ApiError) || error.status === 401) throw error;
      if (user === this.#user) this.#fail(error); // the server has told its figures: it is not away
    }
  }

  // The user is asked about again: the next time there may be an answer.
  #fail(error) {
    byId("found").hidden = true;
    say("lookup-error", `The server has no answer about user ${this.#user}: ${error.message}. Asking again.`);
  }

  #show(answer) {
    byId("found").hidden = false;
    byId("lookup-hint").hidden = true;
    say("lookup-error", "");
    say("found-id", answer.user_id);
    byId("found-status").dataset.status = answer.status;
    say("found-status", answer.status);
    say("found-detail", detailOf(answer));
  }

  #follow(user) {
    this.#user = user;
    say("lookup-error", "");
    byId("user-id").removeAttribute("aria-invalid");
    byId("found").hidden = true;
    byId("lookup-hint").hidden = user !== null;
    say("found-status", "");
  }

  #complain(text) {
    this.#follow(null);
    byId("user-id").setAttribute("aria-invalid", "true");
    say("lookup-error", text);
  }
}
