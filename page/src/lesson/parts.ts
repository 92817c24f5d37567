/** The lesson's parts in their order: the address `#/learn/<slug>` scrolls to one. */
import type { Component } from "svelte";
import Beyond from "./Beyond.svelte";
import Coin from "./Coin.svelte";
import Gaussian from "./Gaussian.svelte";
import Logs from "./Logs.svelte";
import Practice from "./Practice.svelte";
import Question from "./Question.svelte";
import Quiz from "./Quiz.svelte";
import Refresher from "./Refresher.svelte";

export interface Part {
  slug: string;
  title: string;
  /** What it says, in half a sentence. */
  gist: string;
  /** Of reading, 200 words a minute, and of doing, 20 seconds each; what is folded as "more" is not counted. */
  minutes: number;
  /** How many things the reader is asked to do. */
  asks: number;
  component: Component;
}

export const parts: Part[] = [
  { slug: "refresher", title: "Independent events multiply", gist: "A refresher", minutes: 1, asks: 1, component: Refresher },
  { slug: "question", title: "Which θ makes the data most probable?", gist: "The core question", minutes: 1.5, asks: 2, component: Question },
  { slug: "logs", title: "The product dies, the sum lives", gist: "The log trick", minutes: 1, asks: 1, component: Logs },
  { slug: "coin", title: "A coin, from flips to estimate", gist: "Coin flip", minutes: 2, asks: 3, component: Coin },
  { slug: "gaussian", title: "Gaussian noise is squared error", gist: "Gaussian → MSE", minutes: 2.5, asks: 3, component: Gaussian },
  { slug: "practice", title: "Your loss is a belief about noise", gist: "In code and practice", minutes: 1.5, asks: 2, component: Practice },
  { slug: "beyond", title: "How sure can you be?", gist: "Beyond the estimate", minutes: 1, asks: 1, component: Beyond },
  { slug: "quiz", title: "Three questions", gist: "Quiz", minutes: 1.5, asks: 3, component: Quiz },
];
