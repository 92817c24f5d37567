/** What a product of n equal factors becomes in real float arithmetic: every step is rounded as the machine does. */
export interface Arithmetic {
  name: "float32" | "float64";
  round: (x: number) => number;
}

export const float32: Arithmetic = { name: "float32", round: Math.fround };
export const float64: Arithmetic = { name: "float64", round: (x) => x };

export interface Trail {
  /** Entry i: what is held after i factors. */
  product: Float64Array;
  sum: Float64Array;
}

/** The running product and the running sum of logs. */
export function trail({ round }: Arithmetic, factor: number, n: number): Trail {
  const f = round(factor);
  const log = round(Math.log(f));
  const product = new Float64Array(n + 1).fill(1);
  const sum = new Float64Array(n + 1);
  for (let i = 1; i <= n; i++) {
    product[i] = round(product[i - 1]! * f);
    sum[i] = round(sum[i - 1]! + log);
  }
  return { product, sum };
}

/** factorⁿ by the power function, rounded once. */
export function power({ round }: Arithmetic, factor: number, n: number): number {
  return round(Math.pow(round(factor), n));
}

/** The first n at which factorⁿ is exactly 0.0. */
export function firstZero(kind: Arithmetic, factor: number): number {
  let [low, high] = [0, 1];
  while (power(kind, factor, high) !== 0) [low, high] = [high, 2 * high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (power(kind, factor, middle) === 0) high = middle;
    else low = middle;
  }
  return high;
}

/** Where the running product comes to rest: it loses so little to rounding that it no longer moves, or it is 0. */
export function rest(product: Float64Array): { at: number; value: number } | undefined {
  const value = product.at(-1)!;
  if (product.length < 2 || product.at(-2) !== value) return undefined;
  return { at: product.indexOf(value), value };
}
