// The page's calls to its own server: the key, errors in words, and server-sent events.
const keyName = "moe-api-key";

export const key = {
  get: () => sessionStorage.getItem(keyName) ?? "",
  set: (value) => value ? sessionStorage.setItem(keyName, value) : sessionStorage.removeItem(keyName),
};

export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

export async function call(path, options = {}) {
  const headers = { ...options.headers };
  if (key.get()) headers.Authorization = `Bearer ${key.get()}`;
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (failure) {
    if (failure.name === "AbortError") throw failure;
    throw new ApiError("The server does not answer.", 0);
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  throw new ApiError(body?.error?.message ?? `The server answered ${response.status}.`, response.status);
}

// Yields each event's object; throws on an error event and on a stream that ends without its end mark.
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    while (true) {
      const { value, done } = await reader.read();
      if (done) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (!line.startsWith("data: ")) continue;
        const data = line.slice(6);
        if (data === "[DONE]") return;
        const event = JSON.parse(data);
        if (event.error) throw new ApiError(event.error.message, 200);
        yield event;
      }
    }
  } catch (failure) {
    if (failure.name === "AbortError" || failure instanceof ApiError) throw failure;
    throw new ApiError("The connection broke; the answer is incomplete.", 0);
  }
  throw new ApiError("The stream was cut; the answer is incomplete.", 0);
}
