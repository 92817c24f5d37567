/** The library's catalogue of losses, and what the page draws of one. */
import { argmax } from "$lib/argmax";
import { resource } from "$lib/data";
import { compile, type Program } from "$lib/formula";

export interface Live {
  kind: "label" | "count" | "number";
  columns: string[];
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
  losses: Loss[];
}
export const losses = () => resource<Losses>("lesson/losses");

/** The mean loss of the data as a function of the first column of the prediction. */
export function mean(live: Live, data: readonly number[], second: number): (f: number) => number {
  const loss = compile(live.loss);
  const rest = live.columns.length > 1 ? [second] : [];
  return (f) => data.reduce((sum, y) => sum + loss(y, f, ...rest), 0) / data.length;
}

/** Where that is smallest, within the figure. */
export function best(live: Live, data: readonly number[], second: number): number {
  const of = mean(live, data, second);
  return argmax((f) => -of(f), ...live.reach);
}
