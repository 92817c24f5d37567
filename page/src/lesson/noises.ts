/** The three noises of part 5: what each leaves of −ℓ when its constant is taken away, and the name of that loss. */
import type { Densities } from "./densities";

export interface Noise {
  key: "normal" | "laplace" | "student_t";
  title: string;
  loss: string;
  /** ℓ = constant − n × `weight` × loss; as a number and as people write it. */
  weight: (sigma: number) => number;
  factor: string;
  width: string;
  optimum: string;
  /** log p(y | mu, sigma), from the library's formula. */
  density: (d: Densities) => (y: number, mu: number, sigma: number) => number;
}

export const noises: Noise[] = [
  {
    key: "normal",
    title: "Gaussian",
    loss: "MSE",
    weight: (sigma) => 1 / (2 * sigma * sigma),
    factor: "n/2σ²",
    width: "σ",
    optimum: "the mean: every point pulls in proportion to its distance",
    density: (d) => d.normal,
  },
  {
    key: "laplace",
    title: "Laplace",
    loss: "MAE",
    weight: (sigma) => 1 / sigma,
    factor: "n/b",
    width: "b",
    optimum: "the median: every point pulls with the same strength, however far",
    density: (d) => d.laplace,
  },
  {
    key: "student_t",
    title: "Student-t",
    // with 3 degrees of freedom, bound by `lesson_programs.py`
    loss: "t-loss",
    weight: () => 1,
    factor: "n",
    width: "σ",
    optimum: "near the bulk: a point far away pulls less and less",
    density: (d) => d.student_t,
  },
];
