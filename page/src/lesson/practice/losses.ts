/** The library's catalogue of losses, and what the page draws of one. */
import { argmax } from "$lib/argmax";
import { resource } from "$lib/data";
import { compile, type Program } from "$lib/formula";

export interface Live {
  kind: "label" | "category" | "count" | "number";
  columns: string[];
  /** What the columns after the first begin at. */
  held: number[];
  sample: number[];
  range: [number, number];
  reach: [number, number];
  loss: Program;
  log_prob: Program;
}
export interface Loss {
  name: string;
  formula: string;
  optimum: string;
  relation: string;
  held: string;
  dropped: string;
  estimate: string;
  remarks: string[];
  reason: string;
  link: string;
  calls: { by: string; code: string }[];
  family: { name: string; slug: string | null; shown: string } | null;
  live: Live | null;
}
export interface Losses {
  three: number[];
  centres: { mean: number; median: number };
  losses: Loss[];
}
export const losses = () => resource<Losses>("lesson/losses");

/** A prediction's column as it is written: f₁. */
export const written = (column: string) => column.replace(/\d/, (d) => "₀₁₂₃₄₅₆₇₈₉"[Number(d)]!);

/** The mean loss of the data as a function of the first column of the prediction, the rest being held. */
export function mean(live: Live, data: readonly number[], rest: readonly number[] = []): (f: number) => number {
  const loss = compile(live.loss);
  return (f) => data.reduce((sum, y) => sum + loss(y, f, ...rest), 0) / data.length;
}

/** Where that is smallest, within the figure. */
export function best(live: Live, data: readonly number[], rest: readonly number[] = []): number {
  const of = mean(live, data, rest);
  return argmax((f) => -of(f), ...live.reach);
}

/** The best scores of labels, within the figure: each in its turn at its best. The last stays, as only differences count. */
export function bestScores(live: Live, data: readonly number[]): number[] {
  const loss = compile(live.loss);
  const scores = [0, ...live.held];
  const of = (k: number) => (f: number) => -data.reduce((sum, y) => sum + loss(y, ...scores.map((s, j) => (j === k ? f : s))), 0);
  for (let round = 0; round < 40; round++) for (let k = 0; k < scores.length - 1; k++) scores[k] = argmax(of(k), ...live.reach);
  return scores;
}
