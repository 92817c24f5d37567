import { aborted, ask, latest, sentence, upload, type Progress } from "$lib/api";
import { counted, sensible } from "./roles";
import type { At, FamilyEntry, FitRow, Fits, Fitted, Interval, Predictor, Table, Views, Weight } from "./types";

/** A row that the reader left out, and what the list says of it. */
export interface Left {
  row: number;
  said: string;
}

/** By what the models are ranked. */
export type Criterion = "aic" | "aicc" | "bic" | "loglik";

/** Models drawn over the chosen one, at most: more colours are not told apart. */
export const OVERLAID = 4;

/** What outlives a reload: the table's id, its roles, and whether they were fitted. */
interface Kept {
  table: string;
  roles: Partial<Session>;
  fitted: boolean;
}
const KEPT = "mostlikely-explorer";

function remembered(): Kept | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Kept | null;
  } catch {
    return null; // a browser that keeps nothing begins anew
  }
}

function remember(kept: Kept | null): void {
  try {
    if (kept) sessionStorage.setItem(KEPT, JSON.stringify(kept));
    else sessionStorage.removeItem(KEPT);
  } catch {
    // as above
  }
}

/** All that the explorer knows: a table, its roles, the fits, the chosen one, what was left out. */
export class Session {
  table = $state.raw<Table | null>(null);
  families = $state.raw<FamilyEntry[]>([]);

  y = $state("");
  predictors = $state<Predictor[]>([]);
  also = $state<Record<string, Predictor[]>>({});
  fixed = $state<Record<string, number>>({});
  weight = $state<Weight | null>(null);
  /** The response's labels, the lowest first, where the reader has said that they have an order. */
  order = $state<string[] | null>(null);
  /** Slugs, or null for all that fit. */
  models = $state<string[] | null>(null);
  left = $state<Left[]>([]);

  fits = $state.raw<Fits | null>(null);
  criterion = $state<Criterion>("aic");
  /** The model that the reader chose, and the one that is on the screen: a moment behind. */
  chosen = $state("");
  shown = $state("");
  overlay = $state<string[]>([]);
  /** The picture that the reader chose; empty before. */
  view = $state("");
  fitted = $state.raw<Fitted | null>(null);
  /** Profile intervals by key: they take longer, and come after. */
  profiles = $state.raw<Record<string, Interval | null> | null>(null);
  views = $state.raw<Views | null>(null);

  /** What is under way, what went wrong, and what a screen reader is told. */
  work = $state.raw<Progress | null>(null);
  problem = $state("");
  cancelled = $state(false);
  looking = $state(false);
  said = $state("");

  /** The reader's own parameter values, by key; empty at the estimate. */
  values = $state<Record<string, number>>({});
  at = $state.raw<At | null>(null);
  unlikely = $state("");

  #stop: AbortController | null = null;
  #look: AbortController | null = null;
  #asked = $state("");
  #begun = $state(false);

  /** The question that the set-up asks now. */
  get question() {
    return {
      table: this.table?.table ?? "",
      y: this.y,
      predictors: this.predictors,
      also: this.also,
      weight: this.weight,
      ...(this.order && { order: this.order }),
      families: this.models ?? ("all" as const),
      exclude: this.left.map((l) => l.row).sort((a, b) => a - b),
      fixed: this.fixed,
    };
  }

  /** Whether the result on the screen answers another question than the set-up asks. */
  get stale(): boolean {
    return this.fits !== null && JSON.stringify(this.question) !== this.#asked;
  }

  get ranked(): FitRow[] {
    const by = this.criterion;
    const fits = this.fits?.fits ?? [];
    if (by === "aic") return fits; // as the library ranks
    const kind = (f: FitRow) => Number(f.measure === "density");
    const low = (f: FitRow) => (by === "loglik" ? -(f.loglik ?? -Infinity) : (f[by] ?? Infinity)); // first comes the least
    return [...fits].sort((a, b) => kind(a) - kind(b) || Number(b.ok) - Number(a.ok) || low(a) - low(b));
  }

  /** Rank by another measure; nothing is fitted again. */
  rank(by: Criterion): void {
    this.criterion = by;
    this.said = `Ranked by ${by === "loglik" ? "log-likelihood" : by.toUpperCase().replace("AICC", "AICc")}${this.best ? `; ${this.best.name} is first` : ""}.`;
  }

  get best(): FitRow | undefined {
    return this.ranked.find((f) => f.ok);
  }

  nameOf(slug: string): string {
    return this.fits?.fits.find((f) => f.slug === slug)?.name ?? slug;
  }

  /** The colour of a model in the plots: the chosen one's is the first. */
  colourOf(slug: string): string {
    const place = slug === this.shown ? 0 : 1 + this.overlay.filter((s) => s !== this.shown).indexOf(slug);
    return `var(--c${1 + Math.max(0, place)})`;
  }

  /** What was there before a reload or on the way back, else the table that the command line named. */
  async begin(): Promise<void> {
    const before = remembered();
    try {
      const { table } = await ask<{ table: Table | null }>("start", { kept: before?.table });
      if (!table || this.table || this.work) return;
      this.#take(table);
      if (before?.table !== table.table) return;
      Object.assign(this, before.roles);
      if (before.fitted) await this.fit();
    } catch (reason) {
      this.problem = sentence(reason);
    } finally {
      this.#begun = true;
    }
  }

  /** Write down what a reload would lose; the server has the table. */
  keep(): void {
    const { y, predictors, also, fixed, weight, order, models, left, criterion, chosen, overlay, view } = this;
    const roles = { y, predictors, also, fixed, weight, order, models, left, criterion, chosen, overlay, view };
    const kept: Kept = { table: this.table?.table ?? "", roles, fitted: this.fits !== null };
    if (this.#begun) remember(kept.table ? kept : null);
  }

  /** Read a file's bytes, or what was pasted. */
  load(file: Blob, name: string, pasted = false): Promise<void> {
    return this.#read(`Reading ${name}`, (signal) => upload<Table>(file, name, pasted, signal));
  }

  /** Open a bundled set; `y` is what its story is about. */
  open(name: string): Promise<void> {
    return this.#read(`Opening ${name}`, (signal) => ask<Table>("example", { name }, { signal }), true);
  }

  /** Read a column of text as numbers; what to explain by it stays to be chosen. */
  async numbers(column: string): Promise<void> {
    const { y, predictors, weight, table } = this;
    await this.#read(`Reading ${column}`, (signal) => ask<Table>("numbers", { table: table?.table, column }, { signal }));
    if (this.table === table) return;
    Object.assign(this, { y, predictors: predictors.map((p) => (p.column === column ? { ...p, kind: "number" } : p)), weight });
    const gaps = this.table?.columns.find((c) => c.name === column)?.missing ?? 0;
    this.said = `${column} holds numbers now${gaps ? `, ${gaps} missing` : ""}.`;
  }

  async #read(text: string, get: (signal: AbortSignal) => Promise<Table>, bundled = false): Promise<void> {
    await this.#working(text, async (signal) => {
      const table = await get(signal);
      if (!signal.aborted) this.#take(table, bundled);
    });
  }

  #take(table: Table, bundled = false): void {
    this.close();
    this.table = table;
    const roles = sensible(table, bundled);
    this.y = roles.y;
    this.weight = roles.weight;
    this.said = `${table.name}, ${counted(table)}. Choose what to explain, then fit.`;
  }

  /** Back to the beginning. */
  close(): void {
    this.#stop?.abort();
    this.#stop = this.work = null;
    Object.assign(this, { table: null, y: "", predictors: [], also: {}, fixed: {}, weight: null, order: null, models: null, left: [] });
    Object.assign(this, { fits: null, chosen: "", shown: "", overlay: [], view: "", fitted: null, views: null, problem: "", cancelled: false });
    this.back();
  }

  /** Fit what the set-up asks. */
  async fit(): Promise<void> {
    const question = this.question;
    const asked = JSON.stringify(question);
    await this.#working("Beginning", async (signal) => {
      const fits = await ask<Fits>("fit", question, { signal, onprogress: (p) => (this.work = p) });
      this.fits = fits;
      this.#asked = asked;
      const best = this.best ?? fits.fits[0];
      const many = fits.fits.length === 1 ? "One model fitted" : `${fits.fits.length} models compared`;
      this.said = this.best ? `${many}; ${this.best.name} is best.` : `${many}; none has a maximum that can be trusted.`;
      const kept = fits.fits.find((f) => f.slug === this.chosen && f.ok);
      this.overlay = this.overlay.filter((s) => fits.fits.some((f) => f.slug === s));
      this.back();
      await this.choose((kept ?? best)?.slug ?? "");
    });
  }

  async #working(text: string, job: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#stop?.abort();
    const stop = (this.#stop = new AbortController());
    this.problem = "";
    this.cancelled = false;
    this.work = { progress: 0, text };
    try {
      await job(stop.signal);
    } catch (reason) {
      if (aborted(reason)) return;
      this.problem = sentence(reason);
    } finally {
      if (this.#stop === stop) {
        this.work = null;
        this.#stop = null;
      }
    }
  }

  /** End what is under way. */
  cancel(): void {
    if (!this.#stop) return;
    this.#stop.abort();
    this.#stop = null;
    this.work = null;
    this.cancelled = true;
    this.said = "Cancelled.";
  }

  /** Show this model's views and parameters. */
  async choose(slug: string): Promise<void> {
    if (!slug) return;
    if (slug !== this.chosen) this.back();
    this.profiles = null;
    this.chosen = slug;
    this.overlay = this.overlay.filter((s) => s !== slug);
    await this.look();
  }

  /** Draw a model over the chosen one, or no more. */
  async toggle(slug: string): Promise<void> {
    this.overlay = this.overlay.includes(slug) ? this.overlay.filter((s) => s !== slug) : [...this.overlay, slug].slice(-OVERLAID);
    await this.look();
  }

  async look(): Promise<void> {
    this.#look?.abort();
    const look = (this.#look = new AbortController());
    const question = { table: this.table?.table, slug: this.chosen };
    this.looking = true;
    try {
      const [fitted, views] = await Promise.all([
        ask<Fitted>("fitted", question, { signal: look.signal }),
        ask<Views>("views", { ...question, overlay: this.overlay }, { signal: look.signal }),
      ]);
      if (look.signal.aborted) return;
      this.shown = question.slug;
      this.fitted = fitted;
      this.views = views;
      this.problem = "";
      this.looking = false;
      if (this.profiles === null) {
        const { parameters } = await ask<Fitted>("fitted", { ...question, profile: true }, { signal: look.signal });
        this.profiles = Object.fromEntries(parameters.map((t) => [t.key, t.profile]));
      }
    } catch (reason) {
      if (!aborted(reason) && this.#look === look) this.problem = sentence(reason);
    }
    if (this.#look === look) this.looking = false;
  }

  /** Leave a row out, or take it back; the next fit does without it. */
  leave(row: number, said: string): void {
    const there = this.left.some((l) => l.row === row);
    this.left = there ? this.left.filter((l) => l.row !== row) : [...this.left, { row, said }];
    this.said = `${said} ${there ? "is back" : "is left out"}. ${this.left.length} left out; fit again to see.`;
  }

  isLeft(row: number | null | undefined): boolean {
    return row !== null && row !== undefined && this.left.some((l) => l.row === row);
  }

  #try = latest(
    (values: Record<string, number>) => ask<At>("at", { table: this.table?.table, slug: this.shown, values }),
    (at) => {
      if (!Object.keys(this.values).length) return;
      this.at = at;
      this.unlikely = "";
    },
    (reason) => (this.unlikely = sentence(reason)),
  );

  /** What if the parameters were these? */
  what(values: Record<string, number>): void {
    this.values = { ...this.values, ...values };
    void this.#try({ ...this.values });
  }

  /** Back to the estimate. */
  back(): void {
    this.values = {};
    this.at = null;
    this.unlikely = "";
  }
}
