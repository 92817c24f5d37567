// Where a log-likelihood is largest, while a hand drags the data: for one parameter between two ends,
// and for up to three. The library's own fit is the truth that these are tested against.

const EPSILON = 2 ** -52;
const GOLDEN = 0.5 * (3 - Math.sqrt(5));

/** Infinitely bad where it is no number. */
function safe(value: number): number {
  return Number.isNaN(value) ? -Infinity : value;
}

/**
 * The argmax between `lo` and `hi`: the best of 33 points, then Brent's method between its neighbours
 * (Algorithms for Minimization without Derivatives, 1973, chapter 5), then Newton's, because near a
 * smooth maximum values alone tell half of the digits.
 */
export function argmax(loglik: (theta: number) => number, lo: number, hi: number): number {
  const f = (x: number) => safe(loglik(x));
  const points = Array.from({ length: 33 }, (_, k) => lo + ((hi - lo) * k) / 32);
  const values = points.map(f);
  const best = values.indexOf(Math.max(...values));
  const x = brent(f, points[Math.max(0, best - 1)]!, points[Math.min(32, best + 1)]!);
  // a maximum on an end is the end
  const end = f(lo) >= f(x) ? lo : f(hi) >= f(x) ? hi : null;
  return end ?? polished(f, x, lo, hi);
}

function brent(f: (x: number) => number, lo: number, hi: number): number {
  let x = lo + GOLDEN * (hi - lo);
  let [w, v] = [x, x];
  let fx = f(x);
  let [fw, fv] = [fx, fx];
  let [step, before] = [0, 0];
  for (let round = 0; round < 200; round++) {
    const middle = 0.5 * (lo + hi);
    const enough = 1e-11 * Math.abs(x) + 1e-14 * (hi - lo) + 1e-300;
    if (Math.abs(x - middle) <= 2 * enough - 0.5 * (hi - lo)) break;
    const [q1, q2] = [(x - w) * (fv - fx), (x - v) * (fw - fx)];
    const top = (x - v) * q2 - (x - w) * q1;
    const bottom = 2 * (q2 - q1);
    const parabola = -top / bottom;
    const fits = Math.abs(before) > enough && Math.abs(parabola) < Math.abs(0.5 * before) && x + parabola > lo && x + parabola < hi;
    if (fits) [before, step] = [step, parabola];
    else {
      before = x < middle ? hi - x : lo - x;
      step = GOLDEN * before;
    }
    const u = x + (Math.abs(step) >= enough ? step : Math.sign(step) * enough);
    const fu = f(u);
    if (fu >= fx) {
      if (u >= x) lo = x;
      else hi = x;
      [v, w, x, fv, fw, fx] = [w, x, u, fw, fx, fu];
    } else {
      if (u < x) lo = u;
      else hi = u;
      if (fu >= fw || w === x) [v, w, fv, fw] = [w, u, fw, fu];
      else if (fu >= fv || v === x || v === w) [v, fv] = [u, fu];
    }
  }
  return x;
}

/** Newton's steps with differences a fiftieth of a standard error wide; none where there is a corner. */
function polished(f: (x: number) => number, x: number, lo: number, hi: number): number {
  let width = 1e-3 * (hi - lo);
  for (let round = 0; round < 6; round++) {
    const room = Math.min(width, (x - lo) / 4, (hi - x) / 4);
    const curve = (f(x + room) - 2 * f(x) + f(x - room)) / (room * room);
    if (!(curve < 0)) return x;
    width = 0.02 / Math.sqrt(-curve);
    const next = x - slope(f, x, Math.min(width, room)) / curve;
    const worse = f(next) < f(x) - 8 * EPSILON * Math.abs(f(x));
    if (worse || !(Math.abs(next - x) < 1e-3 * (hi - lo))) return x;
    const done = Math.abs(next - x) <= 1e-12 * Math.abs(next);
    x = next;
    if (done) break;
  }
  return x;
}

/** The derivative by six differences, whose error is of the sixth order in h. */
function slope(f: (x: number) => number, x: number, h: number): number {
  const d = (k: number) => f(x + k * h) - f(x - k * h);
  return (45 * d(1) - 9 * d(2) + d(3)) / (60 * h);
}

/** A parameter's ends as the families give them; null and ±Infinity are no end. */
export type Domain = readonly [number | null, number | null];

/**
 * The argmax in several parameters, from a start inside their domains: damped Newton steps with
 * central differences, on the whole line for every parameter (log and logit where it has ends).
 */
export function argmaxMany(loglik: (theta: number[]) => number, start: readonly number[], domains: readonly Domain[] = []): number[] {
  const ways = start.map((_, k) => way(domains[k] ?? [null, null]));
  const back = (eta: readonly number[]) => eta.map((e, k) => ways[k]!.inverse(e));
  const f = (eta: readonly number[]) => safe(loglik(back(eta)));
  let eta = start.map((x, k) => ways[k]!.forward(x));
  let widths = eta.map((e) => 1e-3 * Math.max(1, Math.abs(e)));
  let damping = 0;
  for (let round = 0; round < 200; round++) {
    const here = f(eta);
    const { gradient, curvature } = differences(f, eta, widths);
    // curvature in the units of the widths, so that one number damps all parameters alike
    const size = gradient.map((_, k) => Math.sqrt(Math.max(Math.abs(curvature[k]![k]!), 1e-12)));
    let step: number[] | null = null;
    let there = -Infinity;
    for (let attempt = 0; attempt < 40; attempt++) {
      step = solved(curvature.map((row, i) => row.map((c, j) => -c + (i === j ? damping * size[i]! ** 2 : 0))), gradient);
      there = step === null ? -Infinity : f(eta.map((e, k) => e + step![k]!));
      if (step !== null && there >= here - 8 * EPSILON * Math.abs(here)) break;
      damping = Math.max(10 * damping, 1e-3);
    }
    if (step === null || !(there >= here - 8 * EPSILON * Math.abs(here))) break;
    eta = eta.map((e, k) => e + step![k]!);
    widths = size.map((s, k) => Math.min(0.02 / s, 10 * widths[k]!));
    const moved = Math.max(...step.map((s, k) => Math.abs(s) * size[k]!));
    if (damping === 0 && moved < 1e-11) break;
    damping = damping < 1e-6 ? 0 : damping / 10;
  }
  return back(eta);
}

function way([lo, hi]: Domain): { forward: (x: number) => number; inverse: (e: number) => number } {
  const below = lo !== null && Number.isFinite(lo);
  const above = hi !== null && Number.isFinite(hi);
  if (below && above)
    return { forward: (x) => Math.log((x - lo) / (hi - x)), inverse: (e) => lo + (hi - lo) / (1 + Math.exp(-e)) };
  if (below) return { forward: (x) => Math.log(x - lo), inverse: (e) => lo + Math.exp(e) };
  if (above) return { forward: (x) => -Math.log(hi - x), inverse: (e) => hi - Math.exp(-e) };
  return { forward: (x) => x, inverse: (e) => e };
}

function differences(f: (x: number[]) => number, x: readonly number[], h: readonly number[]) {
  const at = (...moves: [number, number][]) => {
    const moved = [...x];
    for (const [k, by] of moves) moved[k]! += by * h[k]!;
    return f(moved);
  };
  const middle = at();
  const gradient = x.map((_, k) => slope((t) => f(x.map((e, j) => (j === k ? e + t : e))), 0, h[k]!));
  const curvature = x.map((_, i) =>
    x.map((_, j) => {
      if (i === j) return (at([i, 1]) - 2 * middle + at([i, -1])) / h[i]! ** 2;
      const [a, b] = [Math.min(i, j), Math.max(i, j)];
      return (at([a, 1], [b, 1]) - at([a, 1], [b, -1]) - at([a, -1], [b, 1]) + at([a, -1], [b, -1])) / (4 * h[a]! * h[b]!);
    }),
  );
  return { gradient, curvature };
}

/** The solution of a positive definite system by Cholesky's method; null if it is none. */
function solved(matrix: number[][], right: readonly number[]): number[] | null {
  const n = right.length;
  const lower = matrix.map((row) => [...row]);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i]![j]!;
      for (let k = 0; k < j; k++) rest -= lower[i]![k]! * lower[j]![k]!;
      if (i === j && !(rest > 0)) return null;
      lower[i]![j] = i === j ? Math.sqrt(rest) : rest / lower[j]![j]!;
    }
  const out = [...right];
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) out[i]! -= lower[i]![k]! * out[k]!;
    out[i]! /= lower[i]![i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) out[i]! -= lower[k]![i]! * out[k]!;
    out[i]! /= lower[i]![i]!;
  }
  return out;
}
