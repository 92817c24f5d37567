/** What the server's verbs take and give. */

export interface Column {
  name: string;
  kind: "number" | "text" | "date" | "bool";
  missing: number;
  levels?: string[];
  distinct?: number;
  /** Of numbers; of dates, as text. */
  min?: number;
  max?: number;
  integer?: boolean;
  /** Of text, most of whose cells are numbers: how many, what the others say, what parts thousands. */
  nearly?: { numbers: number; cells: number; others: string[]; thousands: string };
}

export interface Table {
  table: string;
  name: string;
  rows: number;
  /** What was done to read the file, in sentences. */
  notes: string[];
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
  /** Only like compares with like. */
  measure: "probability" | "density";
  verdict: string;
  seconds: number;
}

/** A model that the data do not allow, and why. */
export interface Refused {
  slug: string;
  name: string;
  why: string;
}

export interface Fits {
  fits: FitRow[];
  left_out: Refused[];
  y: { min: number; max: number; n: number } | null;
  dropped: string;
}

export type Interval = [number | null, number | null];

export interface Term {
  /** What the server calls it: "shape", "mean:age". */
  key: string;
  parameter: string;
  term: string;
  meaning: string;
  estimate: number;
  std_error: number | null;
  wald: Interval | null;
  profile: Interval | null;
}

export interface Fitted {
  parameters: Term[];
  verdict: { ok: boolean; kind: string; sentence: string };
  summary_text: string;
  constant: Record<string, number> | null;
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
}

/** Residuals of rows; of many, means of groups with the reach that chance allows them. */
export interface Residuals {
  fitted: (number | null)[];
  residual: (number | null)[];
  rows: (number | null)[];
  against: string;
  middle?: number[];
  mean?: number[];
  reach?: number[];
  sampled: boolean;
}

/** The data over one column, the fitted mean with its interval, and where new rows lie. */
export interface Bend {
  column: string;
  of: string;
  x: number[];
  y: number[];
  rows?: (number | null)[];
  at: number[];
  fitted: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
  from: (number | null)[];
  to: (number | null)[];
}

export interface Views {
  density?: (Curves & { bars: { edges: number[]; heights: number[] }; outside: number; discrete: boolean; levels: string[] | null }) | null;
  cdf?: (Curves & { steps: { x: number[]; y: number[] }; discrete: boolean }) | null;
  qq?: Quantiles | null;
  pp?: Quantiles | null;
  residuals?: Residuals | null;
  curve?: Bend | null;
  /** Why a view is not there. */
  why: Record<string, string>;
}

export interface Surface {
  a: { name: string; values: number[] };
  b: { name: string; values: number[] };
  /** Rows follow b, columns a. */
  delta: (number | null)[][];
  levels: Record<string, number>;
  estimate: [number, number];
  /** The other parameters: at their best for each pair of values. */
  others: string[];
}

export interface Profile {
  values: number[];
  delta: (number | null)[];
  /** Wald's, as a parabola. */
  parabola: (number | null)[];
  interval: Interval;
  drop: number;
  wald: Interval | null;
}

export interface At {
  loglik: number | null;
  delta: number | null;
  density?: { x: number[]; y: (number | null)[] } | null;
  /** Of a regression: its curve over one column, or the quantiles of its rows' residuals. */
  curve?: { x: number[]; y: (number | null)[] };
  residuals?: { theory: (number | null)[]; sample: (number | null)[] };
}

export interface Code {
  python: string | null;
  cli: string | null;
  torch: string | null;
  why: Record<string, string>;
}

export interface FamilyEntry {
  name: string;
  slug: string;
  kind: string;
  summary: string;
  parameters: { name: string; latex: string; meaning: string; domain: [number | null, number | null]; typical: number[] }[];
}

/** A term for people. */
export const titleOf = (t: Term) => (t.term ? `${t.parameter} · ${t.term}` : t.parameter);
