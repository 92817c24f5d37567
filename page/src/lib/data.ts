/** What Python computed for the page: `data/<name>.json`, or the same from the exported `data.js`. */
import { token } from "./token";

declare global {
  interface Window {
    MOSTLIKELY?: { data: Record<string, unknown> };
  }
}

const asked = new Map<string, Promise<unknown>>();

/** The resource `name`, asked for once. */
export function resource<T>(name: string): Promise<T> {
  let answer = asked.get(name);
  if (!answer) {
    answer = load(name).catch((reason: unknown) => {
      asked.delete(name);
      throw reason;
    });
    asked.set(name, answer);
  }
  return answer as Promise<T>;
}

async function load(name: string): Promise<unknown> {
  const shipped = window.MOSTLIKELY?.data[name];
  if (shipped !== undefined) return shipped;
  const answer = await fetch(`data/${name}.json`, token ? { headers: { "x-mostlikely-token": token } } : {});
  const body: unknown = await answer.json().catch(() => null);
  if (!answer.ok) {
    throw new Error((body as { error?: string } | null)?.error ?? `The page could not get ${name} (${answer.status}).`);
  }
  return body;
}

/** Whether a server is behind the page: an exported lesson has none, and so no explorer. */
export const live = typeof window !== "undefined" && window.MOSTLIKELY === undefined;
