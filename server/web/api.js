// Requests to the server that this page came from.

const patienceMs = 5000;

// The server's own errors, and those of a proxy before it.
export class ApiError extends Error {
  constructor(status, message, hadToken) {
    super(message);
    this.status = status;
    this.hadToken = hadToken;
  }
}

// Nobody answered, or not in time.
export class NoAnswer extends Error {}

export class Api {
  #token;

  // `token()`: the one to show, or null.
  constructor(token) {
    this.#token = token;
  }

  // Paths are relative, so that the page also works below a path of a proxy.
  async get(path) {
    const token = this.#token();
    const options = {
      headers: token ? { Authorization: `Bearer ${token}` } : {},
      cache: "no-store",
      signal: AbortSignal.timeout(patienceMs),
    };
    const noAnswer = (cause) => {
      throw new NoAnswer("no answer", { cause });
    };
    const response = await fetch(path, options).catch(noAnswer);
    if (response.ok) return response.json().catch(noAnswer);
    const body = await response.json().catch(() => null);
    throw new ApiError(response.status, body?.error?.message ?? `status ${response.status}`, token !== null);
  }
}
