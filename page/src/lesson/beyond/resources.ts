import type { Program } from "$lib/formula";

/** Ever more flips with the same share of heads. */
export interface Curvature {
  share: number;
  level: number;
  program: Program;
  rows: { n: number; heads: number; estimate: number; std_error: number; information: number; low: number; high: number }[];
}

type Ends = [number, number];
/** Three intervals for every number of heads. */
export interface Intervals {
  level: number;
  drop: number;
  program: Program;
  p: number[];
  cases: { n: number; heads: number; estimate: number; std_error: number | null; wald: Ends | null; score: Ends; lr: Ends; rao: number[] }[];
}

/** Places, each with its height and slope; Newton's with the information, too. */
export interface Way {
  steps: [number, number, number, number?][];
  arrived: boolean;
  left: number | null;
}
export interface Climb {
  y: number[];
  program: Program;
  estimate: number;
  rates: number[];
  starts: number[];
  newton: Way[];
  gradient: Way[][];
}
