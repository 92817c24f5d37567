/** A figure of the page as a file: its styles written into it, in the light colours. */

const KEPT = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linejoin", "stroke-linecap", "opacity", "font-size", "font-family", "font-weight"];

/** A picture as SVG text, and how large it is. */
export interface Picture {
  text: string;
  width: number;
  height: number;
}

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 12;
const LINE = 20;

/** The figure with its title and what its label says above it, and the legend that stands beside it on the page. */
export function picture(svg: SVGSVGElement, title: string, legend: Iterable<Element> = []): Picture {
  const root = document.documentElement;
  const theme = root.dataset.theme;
  root.dataset.theme = "light"; // paper is white; nothing is painted before it is put back
  try {
    const copy = svg.cloneNode(true) as SVGSVGElement;
    const from = [svg, ...svg.querySelectorAll<SVGElement>("*")];
    const to = [copy, ...copy.querySelectorAll<SVGElement>("*")];
    from.forEach((element, i) => write(element, to[i]!));
    copy.querySelectorAll("[data-screen]").forEach((e) => e.remove()); // what only a pointer needs

    const [width, tall] = [svg.clientWidth, svg.clientHeight];
    const { head, height } = above(svg, title, legend, width);
    const whole = element("svg", { width, height: tall + height, viewBox: `0 0 ${width} ${tall + height}`, role: "img", "aria-label": title });
    const paper = getComputedStyle(svg.closest(".card") ?? root).backgroundColor;
    const figure = element("g", { transform: `translate(0 ${height})` });
    figure.append(...copy.childNodes);
    whole.append(element("rect", { width: "100%", height: "100%", fill: paper }), ...head, figure);
    return { text: new XMLSerializer().serializeToString(whole), width, height: tall + height };
  } finally {
    if (theme === undefined) delete root.dataset.theme;
    else root.dataset.theme = theme;
  }
}

function element(name: string, attributes: Record<string, string | number>, text = ""): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [k, v] of Object.entries(attributes)) made.setAttribute(k, String(v));
  made.textContent = text;
  return made;
}

/** The title, the figure's label in lines, the legend in rows; and how much room they take. */
function above(svg: SVGSVGElement, title: string, legend: Iterable<Element>, width: number): { head: SVGElement[]; height: number } {
  const style = getComputedStyle(svg);
  const family = { "font-family": style.fontFamily, fill: getComputedStyle(svg.closest(".card") ?? svg).color };
  const measure = document.createElement("canvas").getContext("2d")!;
  const wide = (text: string, size: number, weight = 400) => {
    measure.font = `${weight} ${size}px ${style.fontFamily}`;
    return 1.2 * measure.measureText(text).width; // elsewhere a wider font may stand for this one
  };
  const head: SVGElement[] = [];
  let y = MARGIN + 8;
  const put = (text: string, size: number, weight: number) => {
    for (const line of lines(text, (t) => wide(t, size, weight) <= width - 2 * MARGIN)) {
      head.push(element("text", { x: MARGIN, y, "font-size": size, "font-weight": weight, ...family }, line));
      y += LINE;
    }
  };
  put(title, 16, 600);
  put(svg.getAttribute("aria-label") ?? "", 13, 400);
  let x = MARGIN;
  for (const entry of legend) {
    const name = entry.textContent?.trim() ?? "";
    const needs = 32 + wide(name, 13);
    if (x > MARGIN && x + needs > width - MARGIN) [x, y] = [MARGIN, y + LINE];
    const line = entry.querySelector("path");
    const { stroke, strokeDasharray, strokeOpacity, strokeWidth } = getComputedStyle(line ?? entry);
    const sample = element("path", { d: `M${x} ${y - 4}h24`, stroke, "stroke-width": strokeWidth, "stroke-opacity": strokeOpacity, "stroke-dasharray": strokeDasharray, fill: "none" });
    plain(sample, "stroke");
    head.push(sample);
    head.push(element("text", { x: x + 30, y, "font-size": 13, ...family }, name));
    x += needs + 16;
  }
  return { head, height: y + (x > MARGIN ? LINE : 0) - 8 };
}

/** Words in lines that fit. */
function lines(text: string, fits: (line: string) => boolean): string[] {
  const out: string[] = [];
  for (const word of text.split(" ")) {
    const last = out.at(-1);
    if (last !== undefined && fits(`${last} ${word}`)) out[out.length - 1] = `${last} ${word}`;
    else out.push(word);
  }
  return out;
}

/** A mixed colour, which few programs but browsers read, as red, green and blue with an opacity. */
function plain(copy: SVGElement, paint: string): void {
  const mixed = /^color\(srgb ([\d.]+) ([\d.]+) ([\d.]+)(?: \/ ([\d.]+))?\)$/.exec(copy.getAttribute(paint) ?? "");
  if (!mixed) return;
  const [r, g, b] = mixed.slice(1, 4).map((share) => Math.round(255 * Number(share)));
  copy.setAttribute(paint, `rgb(${r}, ${g}, ${b})`);
  if (mixed[4]) copy.setAttribute(`${paint}-opacity`, String(Number(mixed[4]) * Number(copy.getAttribute(`${paint}-opacity`) ?? 1)));
}

function write(element: SVGElement, copy: SVGElement): void {
  const style = getComputedStyle(element);
  for (const name of KEPT) {
    const value = style.getPropertyValue(name);
    if (value) copy.setAttribute(name, value);
  }
  for (const paint of ["fill", "stroke"]) plain(copy, paint);
  if (style.display === "none") copy.setAttribute("display", "none");
  for (const name of ["class", "style", "tabindex"]) copy.removeAttribute(name);
}

/** The same as PNG, twice as dense as it stands on the screen. */
export async function paint({ text, width, height }: Picture): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * width;
  canvas.height = 2 * height;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("the browser drew no picture"))), "image/png"));
}
