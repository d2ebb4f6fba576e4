// How src/page becomes dist/page: one page, one script, one style sheet, with hashes in their names.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('src/page', import.meta.url)),
  // Relative, so that it works below any path of a proxy.
  base: './',
  logLevel: 'warn',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  build: {
    outDir: fileURLToPath(new URL('dist/page', import.meta.url)),
    emptyOutDir: true,
    assetsDir: 'page',
    target: 'es2022',
    // The policy of the page allows nothing within the HTML, and no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
