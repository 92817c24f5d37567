/** Every symbol of the lesson, explained once. `sym.p` is its LaTeX with the hook that shows the note. */
export interface Entry {
  /** As it is set. */
  tex: string;
  /** As it is said. */
  said: string;
  note: string;
}

export const glossary = {
  theta: { tex: "\\theta", said: "theta", note: "The unknown: whatever numbers your model leaves open. For a coin it is p, for Gaussian noise μ and σ." },
  "theta-hat": { tex: "\\hat\\theta", said: "theta hat", note: "The estimate: the θ under which the data you saw were most probable. The hat marks what was computed from data." },
  D: { tex: "D", said: "D", note: "The data: all observations together. They happened, and stay fixed from here on." },
  L: { tex: "L(\\theta; D)", said: "L of theta given D", note: "The likelihood: the probability of the data, read as a function of θ. It is not a probability of θ, and need not sum to 1 over θ." },
  PD: { tex: "P(D \\mid \\theta)", said: "P of D given theta", note: "The probability, or density, of these data if θ were true." },
  n: { tex: "n", said: "n", note: "How many observations there are." },
  xi: { tex: "x_i", said: "x i", note: "The i-th observation: one flip, one measurement." },
  pxi: { tex: "p(x_i \\mid \\theta)", said: "p of x i given theta", note: "The probability, or density, of the single observation xᵢ under θ." },
  ell: { tex: "\\ell", said: "ell", note: "The log-likelihood, log L: a sum where L is a product. It has its maximum at the same θ." },
  log: { tex: "\\log", said: "log", note: "The natural logarithm. It turns products into sums and never changes which of two numbers is larger." },
  p: { tex: "p", said: "p", note: "The coin's probability of heads, between 0 and 1: this part's θ." },
  "p-hat": { tex: "\\hat p", said: "p hat", note: "The estimate of p: the value at which ℓ is highest." },
  h: { tex: "h", said: "h", note: "How many heads were seen." },
  t: { tex: "t", said: "t", note: "How many tails were seen." },
  dldp: { tex: "\\frac{d\\ell}{dp}", said: "d ell by d p", note: "The score: how fast ℓ rises as p grows. It is the slope of the tangent, and zero at an inner maximum." },
  y: { tex: "y", said: "y", note: "What is measured and predicted: the target, with its noise." },
  yi: { tex: "y_i", said: "y i", note: "The i-th target: a measurement with its noise." },
  yhat: { tex: "\\hat y", said: "y hat", note: "What the model predicts for y. Here it is one number for all points, μ; in a network it depends on x." },
  mu: { tex: "\\mu", said: "mu", note: "The centre of the noise: the value that all five points measure." },
  sigma: { tex: "\\sigma", said: "sigma", note: "The width of the noise; for the Gaussian its standard deviation, in the units of y." },
  pyx: { tex: "p(y_i \\mid x_i, \\theta)", said: "p of y i given x i and theta", note: "The density of the target yᵢ where the inputs are xᵢ: the model predicts from xᵢ, and the noise says how far y may fall from it." },
  mse: { tex: "\\mathrm{MSE}", said: "MSE", note: "Mean squared error: the average of (y − ŷ)². Lower is better." },
} satisfies Record<string, Entry>;

export type Symbol = keyof typeof glossary;

/** LaTeX with the hook: a part of a formula that explains itself. */
export function mark(key: Symbol, tex: string = glossary[key].tex): string {
  return `\\htmlData{sym=${key}}{{${tex}}}`;
}

export const sym = Object.fromEntries(Object.keys(glossary).map((key) => [key, mark(key as Symbol)])) as Record<Symbol, string>;
