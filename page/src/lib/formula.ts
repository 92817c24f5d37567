// Runs a family's formula, which the library wrote down as a list of steps (`mostlikely.web.programs`).
// No code is made of text: a step is a function from the table below and the places of its arguments.
import * as special from "./special";

export type Argument = string | number | { c: number | string };
export type Program = { inputs: string[]; steps: [string, ...Argument[]][]; out: Argument | Argument[] };

type Op = (a: number, b: number, c: number) => number;

// Conditions are 1 and 0.
const OPS: Record<string, Op> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
  pow: (a, b) => Math.pow(a, b),
  lt: (a, b) => +(a < b),
  le: (a, b) => +(a <= b),
  gt: (a, b) => +(a > b),
  ge: (a, b) => +(a >= b),
  eq: (a, b) => +(a === b),
  ne: (a, b) => +(a !== b),
  and: (a, b) => a && b,
  or: (a, b) => a || b,
  invert: (a) => +!a,
  where: (condition, a, b) => (condition ? a : b),
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  round: special.round,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  log2: Math.log2,
  log10: Math.log10,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  arctan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  arcsinh: Math.asinh,
  expit: special.expit,
  log_expit: special.logExpit,
  logit: special.logit,
  logaddexp: special.logaddexp,
  xlogy: special.xlogy,
  xlog1py: special.xlog1py,
  erf: special.erf,
  erfc: special.erfc,
  ndtr: special.ndtr,
  log_ndtr: special.logNdtr,
  ndtri: special.ndtri,
  lgamma: special.lgamma,
  digamma: special.digamma,
  zeta: special.zeta,
  i0e: special.i0e,
};

/** Functions, places of their (always three) arguments, and what stands in each place before the first step. */
class Plan {
  readonly ops: Op[] = [];
  readonly from: number[] = [];
  readonly start: number[];
  readonly outs: number[];
  readonly first: number;
  readonly several: boolean;

  constructor(readonly program: Program) {
    const { inputs, steps, out } = program;
    this.start = inputs.map(() => NaN);
    const constants = new Map<string, number>();
    const known = new Map(inputs.map((name, k) => [name, k]));
    const args = [...steps.flatMap((step) => step.slice(1)), out].flat();
    for (const arg of args) {
      if (typeof arg !== "object" || constants.has(String(arg.c))) continue;
      constants.set(String(arg.c), this.start.length);
      this.start.push(Number(arg.c));
    }
    this.first = this.start.length;
    const place = (arg: Argument, before: number): number => {
      const found =
        typeof arg === "string" ? known.get(arg) : typeof arg === "number" ? this.first + arg : constants.get(String(arg.c));
      if (found === undefined || !(found < before)) throw new Error(`a formula asks for ${JSON.stringify(arg)} before it is known.`);
      return found;
    };
    steps.forEach(([name, ...rest], k) => {
      const op = Object.hasOwn(OPS, name) ? OPS[name] : undefined;
      if (op === undefined) throw new Error(`the page has no function ${name}.`);
      this.ops.push(op);
      for (let a = 0; a < 3; a++) this.from.push(a < rest.length ? place(rest[a]!, this.first + k) : 0);
    });
    this.several = Array.isArray(out);
    this.outs = (Array.isArray(out) ? out : [out]).map((arg) => place(arg, this.first + steps.length));
  }

  /** A row of places, the given inputs in front. */
  row(given: readonly number[]): Float64Array {
    const inputs = this.program.inputs;
    if (given.length !== inputs.length) throw new Error(`the formula takes ${inputs.join(", ")}; it was given ${given.length} numbers.`);
    const row = new Float64Array(this.first + this.ops.length);
    row.set(this.start);
    row.set(given);
    return row;
  }

  step(k: number, row: Float64Array): void {
    const at = 3 * k;
    row[this.first + k] = this.ops[k]!(row[this.from[at]!]!, row[this.from[at + 1]!]!, row[this.from[at + 2]!]!);
  }
}

/** All outputs, as a function of the inputs in their order. */
export function compileAll(program: Program): (...inputs: number[]) => number[] {
  const plan = new Plan(program);
  return (...given) => {
    const row = plan.row(given);
    for (let k = 0; k < plan.ops.length; k++) plan.step(k, row);
    return plan.outs.map((place) => row[place]!);
  };
}

/** The (first) output, as a function of the inputs in their order. */
export function compile(program: Program): (...inputs: number[]) => number {
  const all = compileAll(program);
  return (...given) => all(...given)[0]!;
}

const BLOCK = 256;

/**
 * The (first) output for many values of the first input, the others being the same for all.
 * Steps that the first input does not enter are taken once.
 */
export function compileMany(program: Program): (first: ArrayLike<number>, ...others: number[]) => Float64Array {
  const plan = new Plan(program);
  const moves = new Array<boolean>(plan.first + plan.ops.length).fill(false);
  moves[0] = true;
  const once: number[] = [];
  const each: number[] = [];
  plan.ops.forEach((_, k) => {
    const moved = plan.from.slice(3 * k, 3 * k + 3).some((place, a) => a < arity(program, k) && moves[place]);
    moves[plan.first + k] = moved;
    (moved ? each : once).push(k);
  });
  const columns = moves.map((moved) => (moved ? new Float64Array(BLOCK) : undefined));
  const out = plan.outs[0]!;
  return (first, ...others) => {
    const row = plan.row([NaN, ...others]);
    for (const k of once) plan.step(k, row);
    const answer = new Float64Array(first.length);
    if (!moves[out]) return answer.fill(row[out]!);
    const held = (place: number): Float64Array => columns[place] ?? new Float64Array(BLOCK).fill(row[place]!);
    const whole = each.map((k) => [0, 1, 2].map((a) => held(plan.from[3 * k + a]!)) as [Float64Array, Float64Array, Float64Array]);
    for (let begin = 0; begin < first.length; begin += BLOCK) {
      const size = Math.min(BLOCK, first.length - begin);
      for (let i = 0; i < size; i++) columns[0]![i] = first[begin + i]!;
      each.forEach((k, j) => {
        const [a, b, c] = whole[j]!;
        const op = plan.ops[k]!;
        const into = columns[plan.first + k]!;
        for (let i = 0; i < size; i++) into[i] = op(a[i]!, b[i]!, c[i]!);
      });
      answer.set(columns[out]!.subarray(0, size), begin);
    }
    return answer;
  };
}

function arity(program: Program, k: number): number {
  return program.steps[k]!.length - 1;
}
