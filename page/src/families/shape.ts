/** Where a density is worth drawing, found from its own values. */
import { compile, compileMany, type Program } from "$lib/formula";
import type { Entry, Parameter } from "./families";

export interface Shape {
  x: [number, number];
  y: [number, number];
  xs: number[];
  ps: number[];
}

/** The middle of what is typical, where the sample was drawn. */
export function middle({ typical: [low, high], integer }: Parameter): number {
  const value = low > 0 ? Math.sqrt(low * high) : (low + high) / 2;
  return integer ? Math.round(value) : Number(value.toPrecision(2));
}

/** What a slider of a parameter goes over, and whether by factors. */
export function reach({ domain: [low, high], typical, integer, link }: Parameter): { min: number; max: number; log: boolean; step: number | "any" } {
  const [a, b] = typical;
  if (integer) return { min: Math.max(low ?? -Infinity, Math.floor(a / 2)), max: Math.ceil(2 * b), log: false, step: 1 };
  if (low === 0 && high === null && link === "log" && a > 0) return { min: a / 2, max: b * 2, log: true, step: "any" };
  if (low !== null && high !== null) {
    const edge = 0.02 * (high - low);
    return { min: low + edge, max: high - edge, log: false, step: "any" };
  }
  const wide = 0.25 * (b - a);
  return { min: Math.max(low === null ? -Infinity : low, a - wide), max: Math.min(high ?? Infinity, b + wide), log: false, step: "any" };
}

const SMALL = 0.004;

/** The part of the support in which the density is not next to nothing, with its values there. */
export function shape(family: Entry, program: Program, values: readonly number[]): Shape {
  const many = compileMany(program);
  const density = (ys: readonly number[]) => Array.from(many(ys, ...values), Math.exp);
  const [low, high] = family.range;
  if (family.discrete) return counts(compile(program), values, low ?? 0, high);
  let [a, b] = [low ?? -1e4, high ?? 1e4];
  if (low === null || high === null) {
    const ladder = Array.from({ length: 481 }, (_, k) => 10 ** (-4 + k / 60));
    const from = low ?? 0;
    const ys = (low === null ? [...ladder.map((v) => -v).reverse(), 0] : []).concat(ladder.map((v) => from + v)).filter((y) => y >= a && y <= b);
    const ps = density(ys);
    const top = Math.max(...ps.filter(Number.isFinite));
    // beside an edge a density may be infinite: what is large for the eye is what has weight
    const weight = ps.map((p, k) => p * Math.abs(ys[k]! - from));
    const heavy = Math.max(...weight.filter(Number.isFinite));
    const seen = ys.filter((_, k) => (low === null ? ps[k]! > SMALL * top : weight[k]! > 6 * SMALL * heavy));
    if (seen.length) [a, b] = [low === null ? Math.min(...seen) : low, Math.max(...seen)];
  }
  [a, b] = moved(density, a, b, low);
  const inside = Array.from({ length: 401 }, (_, k) => a + ((b - a) * (k + 0.02)) / 400.04);
  const ps = density(inside);
  const sorted = ps.filter(Number.isFinite).sort((p, q) => p - q);
  const most = sorted.at(-1) ?? 1;
  // a peak on an edge would press all else to the floor
  const calm = ps[0]! > 4 * (ps[12] ?? 0) || ps.at(-1)! > 4 * (ps.at(-13) ?? 0) ? (sorted[Math.floor(0.97 * sorted.length)] ?? most) * 1.4 : most;
  return { x: [a, b], y: [0, 1.12 * Math.min(most, Math.max(calm, most / 50))], xs: inside, ps };
}

/** Ends that move with the parameters are drawn with a little room outside. */
function moved(density: (ys: readonly number[]) => number[], a: number, b: number, low: number | null): [number, number] {
  const ys = Array.from({ length: 801 }, (_, k) => a + ((b - a) * (k + 0.5)) / 801);
  const ps = density(ys);
  const top = Math.max(...ps.filter(Number.isFinite));
  const seen = ys.filter((_, k) => ps[k]! > SMALL * top);
  if (!seen.length) return [a, b];
  const [first, last] = [Math.min(...seen), Math.max(...seen)];
  const room = 0.06 * (last - first);
  return [low !== null && first - room < low + 0.3 * (last - low) ? low : Math.max(a, first - room), Math.min(b, last + room)];
}

function counts(logp: (...all: number[]) => number, values: readonly number[], low: number, high: number | null): Shape {
  const xs: number[] = [];
  const ps: number[] = [];
  let top = 0;
  for (let y = low; y <= (high ?? 400) && y < low + 400; y++) {
    const p = Math.exp(logp(y, ...values));
    top = Math.max(top, p);
    if (y > low + 4 && p < SMALL * top && top > 0 && (ps.at(-1) ?? 0) > p) break;
    if (p === 0 && y > low + 1 && top > 0) break;
    xs.push(y);
    ps.push(p);
  }
  return { x: [xs[0]! - 0.6, xs.at(-1)! + 0.6], y: [0, 1.12 * top], xs, ps };
}
