/** Questions to the server behind the page: POST with the token of this start, answers or streams. */

import { token } from "./token";

/** Said in a sentence: by the server, or by us where it did not answer. */
export class Refusal extends Error {}

export interface Progress {
  progress: number;
  text: string;
}

/** One page, one piece of work at a time: the server ends the older one. */
const page = typeof crypto === "undefined" ? "" : Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

interface Asked {
  signal?: AbortSignal | undefined;
  onprogress?: (p: Progress) => void;
}

/** Whether this is how a browser says that we stopped asking. */
export function aborted(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === "AbortError";
}

/** What to show a reader for anything thrown here. */
export function sentence(reason: unknown): string {
  if (reason instanceof Refusal) return reason.message;
  return `The page met an error of its own: ${reason instanceof Error ? reason.message : String(reason)}`;
}

async function send(verb: string, body: BodyInit, type: string, signal?: AbortSignal): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(`api/${verb}`, {
      method: "POST",
      body,
      headers: { "content-type": type, "x-mostlikely-token": token, "x-mostlikely-page": page },
      signal: signal ?? null,
    });
  } catch (reason) {
    if (aborted(reason)) throw reason;
    throw new Refusal("The program behind this page does not answer. Is it still running in your terminal? Start it again and reload the page.");
  }
  if (!answer.ok) throw new Refusal(await said(answer));
  return answer;
}

async function said(answer: Response): Promise<string> {
  const body = (await answer.json().catch(() => null)) as { error?: string } | null;
  if (body?.error) return capital(body.error);
  if (answer.status === 403) return "The program was started anew, and this page belongs to the start before. Reload the page.";
  if (answer.status === 413) return "That is larger than this program takes through a page.";
  return `The program could not do that (${answer.status}).`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Ask with JSON; the answer is JSON, or a stream of progress that ends in a result. */
export async function ask<T>(verb: string, question: unknown, { signal, onprogress }: Asked = {}): Promise<T> {
  const answer = await send(verb, JSON.stringify(question), "application/json", signal);
  if (answer.headers.get("content-type")?.includes("ndjson")) return streamed<T>(answer, onprogress);
  return (await answer.json()) as T;
}

/** Send the bytes of a file, whose name is for the sentences, or what was pasted and is in no file. */
export async function upload<T>(file: Blob, name: string, pasted: boolean, signal?: AbortSignal): Promise<T> {
  const answer = await send(`table?name=${encodeURIComponent(name)}${pasted ? "&pasted" : ""}`, file, "application/octet-stream", signal);
  return (await answer.json()) as T;
}

/** A file made by the server. */
export async function download(name: string, question: unknown): Promise<Blob> {
  return (await send(`download/${name}`, JSON.stringify(question), "application/json")).blob();
}

async function streamed<T>(answer: Response, onprogress?: (p: Progress) => void): Promise<T> {
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    const lines = (rest + (value ?? "")).split("\n");
    rest = done ? "" : lines.pop()!;
    for (const line of lines) {
      if (!line.trim()) continue;
      const news = JSON.parse(line) as Partial<Progress> & { result?: T; error?: string; superseded?: boolean };
      if (news.superseded) throw new DOMException("a newer question took its place", "AbortError");
      if (news.error) throw new Refusal(capital(news.error));
      if (news.result !== undefined) return news.result;
      onprogress?.({ progress: news.progress ?? 0, text: news.text ?? "" });
    }
    if (done) throw new Refusal("The program stopped before it had an answer. Its terminal may say why.");
  }
}

/** At most one question under way: of those that come meanwhile, the last is asked next. */
export function latest<Q, A>(work: (question: Q) => Promise<A>, then: (answer: A) => void, failed: (reason: unknown) => void) {
  let busy = false;
  let waiting: { question: Q } | null = null;
  return async function next(question: Q): Promise<void> {
    if (busy) {
      waiting = { question };
      return;
    }
    busy = true;
    try {
      then(await work(question));
    } catch (reason) {
      failed(reason);
    }
    busy = false;
    if (waiting) {
      const { question: later } = waiting;
      waiting = null;
      void next(later);
    }
  };
}

/** Hand a file to the reader's downloads. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
