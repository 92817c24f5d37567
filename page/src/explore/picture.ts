/** A figure of the page as a file: its styles written into it, in the light colours. */

const KEPT = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linejoin", "stroke-linecap", "opacity", "font-size", "font-family", "font-weight"];

/** The figure as SVG text. */
export function picture(svg: SVGSVGElement): string {
  const root = document.documentElement;
  const theme = root.dataset.theme;
  root.dataset.theme = "light"; // paper is white; nothing is painted before it is put back
  try {
    const copy = svg.cloneNode(true) as SVGSVGElement;
    const from = [svg, ...svg.querySelectorAll<SVGElement>("*")];
    const to = [copy, ...copy.querySelectorAll<SVGElement>("*")];
    from.forEach((element, i) => write(element, to[i]!));
    copy.querySelectorAll("[data-screen]").forEach((e) => e.remove()); // what only a pointer needs
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("viewBox", `0 0 ${svg.clientWidth} ${svg.clientHeight}`);
    const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const fill = getComputedStyle(svg.closest(".card") ?? root).backgroundColor;
    for (const [k, v] of Object.entries({ width: "100%", height: "100%", fill })) paper.setAttribute(k, v);
    copy.prepend(paper);
    return new XMLSerializer().serializeToString(copy);
  } finally {
    if (theme === undefined) delete root.dataset.theme;
    else root.dataset.theme = theme;
  }
}

function write(element: SVGElement, copy: SVGElement): void {
  const style = getComputedStyle(element);
  for (const name of KEPT) {
    const value = style.getPropertyValue(name);
    if (value) copy.setAttribute(name, value);
  }
  if (style.display === "none") copy.setAttribute("display", "none");
  for (const name of ["class", "style", "tabindex"]) copy.removeAttribute(name);
}

/** The figure as PNG, twice as dense as it stands on the screen. */
export async function paint(svg: SVGSVGElement): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture(svg))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * svg.clientWidth;
  canvas.height = 2 * svg.clientHeight;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("the browser drew no picture"))), "image/png"));
}
