/** What the server asks for; the page that it serves is told it, an exported one is not. */
export const token = typeof document === "undefined" ? "" : (document.querySelector<HTMLMetaElement>('meta[name="mostlikely-token"]')?.content ?? "");
