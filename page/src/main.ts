import "katex/dist/katex.min.css";
import "./style/fonts.css";
import "./style/house.css";
import { mount } from "svelte";
import App from "./App.svelte";

mount(App, { target: document.getElementById("page")! });
