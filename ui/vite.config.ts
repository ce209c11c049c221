/// <reference types="vitest/config" />
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { type Plugin, defineConfig } from "vite";

/**
 * bits-ui writes `style="display: contents;"` into a few templates, which `style-src 'self'` refuses. As a
 * directive the same style is set through the CSSOM, which the policy allows.
 */
const withoutInlineStyles: Plugin = {
  name: "without-inline-styles",
  enforce: "pre",
  transform(code, id) {
    if (!/bits-ui.*\.svelte$/.test(id)) return null;
    return { code: code.replaceAll('style="display: contents;"', 'style:display="contents"'), map: null };
  },
};

/**
 * `vite build` makes what the shell embeds. With `--mode rehearsal` it makes the same screens over the fake
 * backend, elsewhere: no file of the one is in the other.
 */
export default defineConfig(({ mode }) => {
  const rehearsal = mode === "rehearsal";
  return {
    plugins: [withoutInlineStyles, svelte()],
    base: "./",
    // The fake shows the shipped policies, which lie beside this folder.
    server: { fs: { allow: [".."] } },
    build: {
      outDir: rehearsal ? "dist-rehearsal" : "dist",
      target: "es2022",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 800,
      rollupOptions: { input: rehearsal ? "rehearsal.html" : "index.html" },
    },
    test: {
      projects: [
        {
          extends: true,
          test: { name: "logic", include: ["src/**/*.test.ts"], environment: "node" },
        },
        {
          test: {
            name: "stories",
            include: ["tests/stories/*.test.ts"],
            environment: "node",
            globalSetup: "tests/browser/set-up.ts",
            fileParallelism: false,
            testTimeout: 120_000,
            hookTimeout: 60_000,
          },
        },
        {
          test: {
            name: "screenshots",
            include: ["tests/screenshots/*.test.ts"],
            environment: "node",
            globalSetup: "tests/browser/set-up.ts",
            fileParallelism: false,
            testTimeout: 120_000,
            hookTimeout: 60_000,
          },
        },
      ],
    },
  };
});
