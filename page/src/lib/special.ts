// Special functions to about fifteen digits, from series, continued fractions and recurrences; what
// a browser's Math lacks. Each says where it comes from (DLMF: dlmf.nist.gov). Nothing here knows a density.

const LOG_2PI = Math.log(2 * Math.PI);
const ROOT_PI = Math.sqrt(Math.PI);
// Bernoulli's numbers B(2), B(4), ..., B(26).
const BERNOULLI = [
  1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510,
  43867 / 798, -174611 / 330, 854513 / 138, -236364091 / 2730, 8553103 / 6,
];

function horner(coefficients: readonly number[], x: number): number {
  let total = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) total = total * x + coefficients[k]!;
  return total;
}

/** Σ (q + k)^-s over k = 0, 1, ...: ten terms and Euler and Maclaurin's rest (DLMF 25.11.5); s > 1, q > 0. */
export function zeta(s: number, q: number): number {
  let total = 0;
  let x = q;
  for (; x < q + 10; x++) total += x ** -s;
  let term = x ** -s;
  total += (x * term) / (s - 1) + 0.5 * term;
  term *= s / x;
  for (let k = 0; k < BERNOULLI.length; k++) {
    const part = (BERNOULLI[k]! * term) / factorial(2 * k + 2);
    total += part;
    if (Math.abs(part) < 1e-17 * total) break;
    term *= ((s + 2 * k + 1) * (s + 2 * k + 2)) / (x * x);
  }
  return total;
}

function factorial(n: number): number {
  let product = 1;
  for (let k = 2; k <= n; k++) product *= k;
  return product;
}

// log Γ(2 + z) = (1 - γ) z + Σ (ζ(k) - 1)(-z)^k/k for |z| < 2 (DLMF 5.7.3).
const EULER = 0.5772156649015329;
const NEAR_TWO = [0, 1 - EULER];
for (let k = 2; k < 30; k++) NEAR_TWO.push(((k % 2 ? -1 : 1) * zeta(k, 2)) / k);
const STIRLING = BERNOULLI.map((b, k) => b / ((2 * k + 2) * (2 * k + 1)));
const PSI = BERNOULLI.map((b, k) => b / (2 * k + 2));

/** log |Γ(x)|: Stirling's series from 8 on (DLMF 5.11.1), that about 2 below; exact zeros at 1 and 2. */
export function lgamma(x: number): number {
  if (x >= 8) {
    const t = 1 / x;
    return x === Infinity ? x : (x - 0.5) * Math.log(x) - x + 0.5 * LOG_2PI + t * horner(STIRLING, t * t);
  }
  if (x <= 0) return x === Math.floor(x) ? Infinity : Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - lgamma(1 - x);
  if (x < 0.5) return horner(NEAR_TWO, x) - Math.log(x) - Math.log1p(x);
  if (x < 1.5) return horner(NEAR_TWO, x - 1) - Math.log1p(x - 1);
  let product = 1;
  while (x > 2.5) product *= --x;
  return horner(NEAR_TWO, x - 2) + Math.log(product);
}

/** The derivative of log Γ (DLMF 5.11.2, and 5.5.2 below 8). */
export function digamma(x: number): number {
  if (x <= 0) return x === Math.floor(x) ? NaN : digamma(1 - x) - Math.PI / Math.tan(Math.PI * x);
  let total = 0;
  for (; x < 8; x++) total -= 1 / x;
  const t = 1 / (x * x);
  return total + Math.log(x) - 0.5 / x - t * horner(PSI, t);
}

// The normal distribution, all of it from exp(x²) erfc(x).

/** exp(x²) erfc(x): a continued fraction from 2 on (DLMF 7.9.1), a series of positive terms below. */
export function erfcx(x: number): number {
  if (x < 2) return Math.exp(x * x) * (1 - erf(x));
  if (x > 1e8) return 1 / (x * ROOT_PI);
  let tail = x;
  for (let k = Math.ceil(30 + 120 / x); k > 0; k--) tail = x + (0.5 * k) / tail;
  return 1 / (tail * ROOT_PI);
}

/** exp(-x²), the square with twice the digits of a float. */
function bell(x: number): number {
  const head = Math.round(x * 4096) / 4096;
  return Math.abs(x) > 40 ? 0 : Math.exp(-head * head) * Math.exp(-(x - head) * (x + head));
}

/** 2/√π ∫₀ˣ exp(-t²) dt (DLMF 7.6.2). */
export function erf(x: number): number {
  if (Math.abs(x) >= 2) return x < 0 ? -erf(-x) : 1 - bell(x) * erfcx(x);
  let term = x;
  let total = x;
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(total); k++) total += term *= (2 * x * x) / (2 * k + 1);
  return (2 / ROOT_PI) * bell(x) * total;
}

/** 1 - erf(x), with its digits in the upper tail. */
export function erfc(x: number): number {
  return x < 2 ? 1 - erf(x) : bell(x) * erfcx(x);
}

/** The standard normal distribution function Φ. */
export function ndtr(x: number): number {
  return 0.5 * erfc(-x * Math.SQRT1_2);
}

/** log Φ(x), with its digits in both tails. */
export function logNdtr(x: number): number {
  if (x > -1) return Math.log1p(-0.5 * erfc(x * Math.SQRT1_2));
  return Math.log(0.5 * erfcx(-x * Math.SQRT1_2)) - 0.5 * x * x;
}

/** The inverse of Φ: Newton's method on log Φ, which is concave, from its tail's approximation. */
export function ndtri(p: number): number {
  if (p > 0.5) return -ndtri(1 - p);
  if (!(p > 0)) return p === 0 ? -Infinity : NaN;
  const goal = Math.log(p);
  let x = p === 0.5 ? 0 : -Math.sqrt(Math.max(0, -2 * goal - Math.log(-4 * Math.PI * goal)));
  for (let k = 0; k < 50; k++) {
    const step = ((logNdtr(x) - goal) * erfcx(-x * Math.SQRT1_2)) / Math.sqrt(2 / Math.PI);
    x -= step;
    if (Math.abs(step) <= 1e-15 * Math.abs(x) + 1e-300) break;
  }
  return x;
}

// Hankel's series of exp(-x) I₀(x) √(2πx) in 1/x (DLMF 10.40.1).
const HANKEL = [1];
for (let j = 1; j < 28; j++) HANKEL.push((HANKEL[j - 1]! * (2 * j - 1) ** 2) / (8 * j));

/** exp(-|x|) I₀(x): the power series (DLMF 10.25.2) up to 25. */
export function i0e(x: number): number {
  x = Math.abs(x);
  if (x > 25) return horner(HANKEL, 1 / x) / Math.sqrt(2 * Math.PI * x);
  const w = 0.25 * x * x;
  let term = 1;
  let total = 1;
  for (let k = 1; term > 1e-17 * total; k++) total += term *= w / (k * k);
  return Math.exp(-x) * total;
}

// Elementary functions that keep their digits.

export const expit = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
export const logExpit = (x: number) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
export const logit = (p: number) => (p > 0.3 && p < 0.65 ? Math.log1p((2 * p - 1) / (1 - p)) : Math.log(p / (1 - p)));
export const xlogy = (x: number, y: number) => (x === 0 && !Number.isNaN(y) ? 0 : x * Math.log(y));
export const xlog1py = (x: number, y: number) => (x === 0 && !Number.isNaN(y) ? 0 : x * Math.log1p(y));

export function logaddexp(a: number, b: number): number {
  return a === b ? a + Math.LN2 : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/** To the nearest whole number, halves to the even one. */
export function round(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  return rest < 0.5 || (rest === 0.5 && down % 2 === 0) ? down : down + 1;
}
