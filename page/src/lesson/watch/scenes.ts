/** The film's script: scenes of beats. A beat says one thing while its picture goes from one state to the next. */
export type Kind = "flips" | "likelihood" | "product" | "tangent" | "bell" | "squares" | "outlier" | "sharper" | "beliefs";

export interface Beat {
  seconds: number;
  text: string;
}
export interface Scene {
  kind: Kind;
  title: string;
  beats: Beat[];
}

const beat = (seconds: number, text: string): Beat => ({ seconds, text });

export const scenes: Scene[] = [
  {
    kind: "flips",
    title: "Three flips",
    beats: [
      beat(12, "Heads, tails, heads. The flips know nothing of each other, so their probabilities multiply."),
      beat(12, "With a fair coin that is a half, three times over: one eighth."),
      beat(12, "With p = 0.7 the heads become more probable and the tail less. The product moves, and that movement is everything that follows."),
    ],
  },
  {
    kind: "likelihood",
    title: "Hold the data, turn the knob",
    beats: [
      beat(11, "Now ten flips with seven heads. They are on the table and will not change. What may change is p."),
      beat(12, "For each p ask: how probable are these very flips? The answers draw a curve. It is the likelihood."),
      beat(11, "It has a top, at p = 0.7. That p makes what happened least surprising: the maximum likelihood estimate."),
    ],
  },
  {
    kind: "product",
    title: "The product dies, the sum lives",
    beats: [
      beat(12, "Multiply a thousand probabilities of 0.8, and the product sinks out of sight: near 10⁻⁹⁷."),
      beat(12, "Take logs. The product becomes a sum, and the sum walks down a straight line, a small step for each datum."),
      beat(14, "The log never changes which p is best. So from here on we add: the sum of the logs is the log-likelihood ℓ."),
    ],
  },
  {
    kind: "tangent",
    title: "Level at the top",
    beats: [
      beat(12, "On the hill of ℓ, lay a tangent. Left of the top it rises: the heads pull p up harder than the tails pull it down."),
      beat(12, "The pulls are h/p and t/(1 − p). Walk uphill, and they come nearer to each other."),
      beat(11, "Where they balance the tangent is level, and p is the share of heads. Calculus found what you knew."),
    ],
  },
  {
    kind: "bell",
    title: "Five measurements",
    beats: [
      beat(11, "Five measurements of one length. Say that the noise is normal: a bell around a true value μ."),
      beat(13, "Each stem is the density of one datum. Slide the bell, and the log-likelihood adds up the logs of the stems."),
      beat(11, "It is highest at 2.02, the mean of the five."),
    ],
  },
  {
    kind: "squares",
    title: "That was squared error",
    beats: [
      beat(12, "The log of a bell is a parabola. So minus ℓ is a constant plus the sum of the squared distances, divided by 2σ²."),
      beat(12, "Making ℓ high and making the mean squared error low are one and the same thing, with one and the same best μ."),
    ],
  },
  {
    kind: "outlier",
    title: "One point goes astray",
    beats: [
      beat(12, "Pull one datum away. The normal noise cannot believe in far points: its μ̂ runs after it."),
      beat(13, "Laplace noise has longer tails. Its μ̂ is the median, and stays where most of the data are."),
      beat(11, "Same data, another belief, another estimate. Its loss is the absolute error."),
    ],
  },
  {
    kind: "sharper",
    title: "How sure can you be?",
    beats: [
      beat(12, "Ten flips make a wide hill: many values of p are nearly as good."),
      beat(13, "With more flips the hill grows sharper. Its curvature is the information, and the error is one over its root."),
      beat(13, "Four times the data, half the error."),
    ],
  },
  {
    kind: "beliefs",
    title: "What noise do you believe?",
    beats: [
      beat(12, "That is all of it. Say what noise you believe. The loss, the estimate and its error follow."),
      beat(12, "Now take the knob yourself."),
    ],
  },
];

/** Every beat in order, with its place in the film. */
export const beats = scenes.flatMap((scene, s) => scene.beats.map((b, k) => ({ ...b, scene: s, place: k, of: scene.beats.length })));
export const starts = beats.map((_, i) => beats.slice(0, i).reduce((sum, b) => sum + b.seconds, 0));
export const total = beats.reduce((sum, b) => sum + b.seconds, 0);

/** The beat that is on at a time. */
export function beatAt(time: number): number {
  const later = starts.findIndex((s) => s > time);
  return later < 0 ? beats.length - 1 : later - 1;
}

/** How far the picture of the scene has come: 0 at its begin, k + 1 at the end of beat k; still at both ends of a beat. */
export function progress(time: number): number {
  const i = beatAt(time);
  const { seconds, place } = beats[i]!;
  const x = Math.min(1, Math.max(0, ((time - starts[i]!) / seconds - 0.08) / 0.72));
  return place + x * x * (3 - 2 * x);
}

/** Minutes and seconds. */
export const clock = (t: number) => `${Math.floor(t / 60)}:${String(Math.floor(t % 60)).padStart(2, "0")}`;
/** Between two numbers, in the part `from` … `from + 1` of a scene's progress. */
export const between = (u: number, from: number, a: number, b: number) => a + (b - a) * Math.min(1, Math.max(0, u - from));
