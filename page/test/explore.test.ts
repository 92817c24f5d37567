import { afterEach, describe, expect, it, vi } from "vitest";
import { ask, latest, Refusal } from "../src/lib/api";
import { fixed } from "../src/lib/numbers";
import { describe as say, sensible } from "../src/explore/roles";
import type { Column, Table } from "../src/explore/types";
import { between, extent, upon } from "../src/explore/views/extent";

const column = (name: string, more: Partial<Column> = {}): Column => ({ name, kind: "number", missing: 0, min: 0, max: 9, integer: false, ...more });
const table = (...columns: Column[]): Table => ({ table: "t", name: "data.csv", rows: 3, notes: [], columns, preview: [] });

describe("where to begin", () => {
  it("takes the last number that is neither a count of rows nor a name of them", () => {
    expect(sensible(table(column("id"), column("age"), column("height"), column("year"))).y).toBe("height");
  });
  it("takes a response that calls itself one, wherever it stands", () => {
    expect(sensible(table(column("amount"), column("age"))).y).toBe("amount");
  });
  it("takes the first one of a bundled set", () => {
    expect(sensible(table(column("distance"), column("speed")), true).y).toBe("distance");
  });
  it("takes a column of whole numbers called a weight for a weight", () => {
    expect(sensible(table(column("deaths"), column("corps_years", { integer: true })), true)).toEqual({ y: "deaths", weight: { column: "corps_years", kind: "frequency" } });
    expect(sensible(table(column("deaths"), column("corps_years", { min: -1, integer: true }))).weight).toBeNull();
  });
  it("has something to say of every table", () => {
    expect(sensible(table(column("colour", { kind: "text" }))).y).toBe("colour");
    expect(sensible(table(column("id"))).y).toBe("id");
    expect(sensible(table()).y).toBe("");
  });
  it("describes a column in words", () => {
    expect(say(column("x", { missing: 2, integer: true }), String)).toBe("whole number, 0 to 9, 2 missing");
    expect(say(column("x", { kind: "text", levels: ["a"] }), String)).toBe("text, 1 level");
  });
});

describe("ranges of a picture", () => {
  it("skip what is no number, and are never empty", () => {
    expect(extent([[1, null, 3], [NaN, Infinity]], 0)).toEqual([1, 3]);
    expect(extent([[2]])).toEqual([1, 3]);
    expect(extent([[]])).toEqual([0, 1]);
  });
  it("a curve has a height between its points", () => {
    expect(between([0, 1, 3], [0, 2, 4], 2)).toBe(3);
    expect(between([0, 1, 3], [0, 2, 4], -1)).toBe(0);
    expect(between([0, 1, 3], [0, 2, 4], 9)).toBe(4);
  });
  it("and so has a surface", () => {
    expect(upon([0, 2], [0, 4], [[0, 2], [4, 6]], 1, 1)).toBe(2);
  });
  it("nothing is less than nothing", () => {
    expect(fixed(-0.0001, 2)).toBe("0.00");
    expect(fixed(-1.5, 1)).toBe("−1.5");
  });
});

describe("questions to the server", () => {
  afterEach(() => vi.unstubAllGlobals());
  const answer = (body: BodyInit, type: string, status = 200) => vi.stubGlobal("fetch", async () => new Response(body, { status, headers: { "content-type": type } }));
  const stream = (...parts: string[]) =>
    answer(
      new ReadableStream({
        start(c) {
          for (const part of parts) c.enqueue(new TextEncoder().encode(part));
          c.close();
        },
      }),
      "application/x-ndjson",
    );

  it("a stream may be cut anywhere", async () => {
    stream('{"progress": 0.5, "te', 'xt": "half ½"}\n{"resu', 'lt": {"x": 1}}\n');
    const news: unknown[] = [];
    expect(await ask("fit", {}, { onprogress: (p) => news.push(p) })).toEqual({ x: 1 });
    expect(news).toEqual([{ progress: 0.5, text: "half ½" }]);
  });
  it("a stream that ends too early is no result", async () => {
    stream('{"progress": 0.5, "text": ""}\n');
    await expect(ask("fit", {})).rejects.toThrow(Refusal);
  });
  it("an error in a stream is the server's sentence", async () => {
    stream('{"error": "amount must be positive."}\n');
    await expect(ask("fit", {})).rejects.toThrow("Amount must be positive.");
  });
  it("what was superseded is no error to show", async () => {
    stream('{"error": "A newer request.", "superseded": true}\n');
    await expect(ask("fit", {})).rejects.toMatchObject({ name: "AbortError" });
  });
  it("a refusal is the server's sentence, or one of ours", async () => {
    answer('{"error": "there is no table."}', "application/json", 400);
    await expect(ask("fit", {})).rejects.toThrow("There is no table.");
    answer("<html>", "text/html", 413);
    await expect(ask("fit", {})).rejects.toThrow("larger than");
  });
  it("one question is under way, and of the others the last is asked", async () => {
    const asked: number[] = [];
    const answers: number[] = [];
    const free: (() => void)[] = [];
    const next = latest<number, number>(
      (q) => (asked.push(q), new Promise((done) => free.push(() => done(q)))),
      (a) => answers.push(a),
      () => undefined,
    );
    for (const q of [1, 2, 3]) void next(q);
    expect(asked).toEqual([1]);
    free[0]!();
    await vi.waitFor(() => expect(asked).toEqual([1, 3]));
    free[1]!();
    await vi.waitFor(() => expect(answers).toEqual([1, 3]));
  });
});
