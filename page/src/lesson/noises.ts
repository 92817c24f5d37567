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
  /** What to make of it. */
  verdict: string;
  /** log p(y | mu, sigma), from the library's formula. */
  density: (d: Densities) => (y: number, mu: number, sigma: number) => number;
}

export const noises: Noise[] = [
  {
    key: "normal",
    title: "Gaussian",
    loss: "MSE",
    weight: (sigma) => 1 / (2 * sigma * sigma),
    factor: "n/(2σ²)",
    width: "σ",
    verdict: "The loss is MSE, and its optimum is the mean: every point pulls in proportion to its distance, so one far point has the loudest voice.",
    density: (d) => d.normal,
  },
  {
    key: "laplace",
    title: "Laplace",
    loss: "MAE",
    weight: (sigma) => 1 / sigma,
    factor: "n/b",
    width: "b",
    verdict: "The loss is the mean absolute error, and its optimum is the median: every point pulls with the same strength, however far it is.",
    density: (d) => d.laplace,
  },
  {
    key: "student_t",
    title: "Student-t",
    // with 3 degrees of freedom, bound by `lesson_programs.py`
    loss: "loss",
    weight: () => 1,
    factor: "n",
    width: "σ",
    verdict: "With 3 degrees of freedom the tails are heavy: beyond √3 σ a point pulls the less, the further it is. The optimum stays with the bulk.",
    density: (d) => d.student_t,
  },
];
