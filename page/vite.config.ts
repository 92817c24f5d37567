/// <reference types="vitest/config" />
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

// One classic script, one style sheet, fonts beside them and relative addresses: the same files are
// served by Python and open from a folder, where browsers refuse modules.
export default defineConfig({
  base: "./",
  plugins: [svelte(), fontsOnce(), classicScript()],
  resolve: {
    alias: { $lib: fileURLToPath(new URL("./src/lib", import.meta.url)), $ui: fileURLToPath(new URL("./src/ui", import.meta.url)) },
    conditions: process.env.VITEST ? ["browser"] : undefined,
  },
  build: {
    outDir: "../src/mostlikely/web/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    modulePreload: false,
    cssCodeSplit: false,
    rollupOptions: {
      output: {
        format: "iife",
        inlineDynamicImports: true,
        entryFileNames: "assets/page.js",
        assetFileNames: "assets/[name][extname]",
      },
    },
  },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});

/** KaTeX's fonts as woff2 alone, which every browser of this decade reads. */
function fontsOnce() {
  return {
    name: "fonts-once",
    enforce: "pre" as const,
    transform(code: string, id: string) {
      if (!/katex.*\.css/.test(id)) return;
      return code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'][^"']*["']\)/g, "");
    },
  };
}

/** Tags that need no server: a deferred script in place of a module, and the style sheet's link. */
function classicScript() {
  return {
    name: "classic-script",
    enforce: "post" as const,
    transformIndexHtml: {
      order: "post" as const,
      handler: (html: string) =>
        html.replace(/<script type="module" crossorigin/g, "<script defer").replace(/ crossorigin/g, ""),
    },
  };
}
