/** What the server's verbs take and give. */

export interface Column {
  name: string;
  kind: "number" | "text" | "date" | "bool";
  missing: number;
  levels?: string[];
  min?: number;
  max?: number;
  integer?: boolean;
}

export interface Table {
  table: string;
  name: string;
  rows: number;
  columns: Column[];
  preview: unknown[][];
}

export interface Example {
  name: string;
  title: string;
  story: string;
  source: string;
  status?: string;
  suggests?: string;
  columns: Record<string, string>;
}

export interface Predictor {
  column: string;
  kind: "number" | "factor";
}

export interface Weight {
  column: string;
  kind: "frequency" | "precision" | "sampling";
}

export interface FitRow {
  slug: string;
  name: string;
  loglik: number | null;
  aic: number | null;
  aicc: number | null;
  bic: number | null;
  delta: number | null;
  df: number;
  n: number;
  ok: boolean;
  kind: string;
  verdict: string;
  seconds: number;
}

export interface Fits {
  fits: FitRow[];
  y: { min: number; max: number; n: number };
  dropped: string;
}

export type Interval = [number | null, number | null];

export interface Term {
  parameter: string;
  term: string;
  estimate: number;
  std_error: number | null;
  wald: Interval | null;
  profile: Interval | null;
}

export interface Fitted {
  parameters: Term[];
  verdict: string;
  summary_text: string;
  constant: Record<string, number>;
}

export interface Curves {
  x: number[];
  curves: { slug: string; y: (number | null)[] }[];
}

/** Points of a plot, each with the number of its row. */
export interface Quantiles {
  theory: (number | null)[];
  sample: (number | null)[];
  rows: (number | null)[];
  band?: { low: (number | null)[]; high: (number | null)[] };
  residual?: boolean;
  said?: string;
}

export interface Views {
  density?: (Curves & { bars: { edges: number[]; heights: number[] }; said?: string }) | null;
  cdf?: (Curves & { steps: { x: number[]; y: number[] }; said?: string }) | null;
  qq?: Quantiles | null;
  pp?: Quantiles | null;
  residuals?: { fitted: (number | null)[]; residual: (number | null)[]; rows: (number | null)[]; said?: string } | null;
}

export interface Surface {
  a: { name: string; values: number[] };
  b: { name: string; values: number[] };
  /** Rows follow b, columns a. */
  delta: (number | null)[][];
  levels: Record<string, number>;
  estimate: [number, number];
}

export interface Profile {
  values: number[];
  delta: (number | null)[];
  interval: Interval;
  wald: Interval;
}

export interface At {
  loglik: number | null;
  delta: number | null;
  density?: { x: number[]; y: (number | null)[] } | null;
}

export interface Code {
  python: string;
  cli: string;
  torch: string;
}

export interface FamilyEntry {
  name: string;
  slug: string;
  room: string;
  summary: string;
  parameters: { name: string; latex: string; meaning: string; domain: [number | null, number | null]; typical: number[] }[];
}

/** The key of a term in what the server takes: "shape", "mean:age". */
export const keyOf = (t: Term) => (t.term ? `${t.parameter}:${t.term}` : t.parameter);
/** The same for people. */
export const titleOf = (t: Term) => (t.term ? `${t.parameter} · ${t.term}` : t.parameter);
