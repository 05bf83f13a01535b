import { existsSync } from 'node:fs';
import path from 'node:path';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vite';
import { root } from './node-bundle.ts';

const rendererRoot = path.join(root, 'renderer');
const windows = ['dashboard', 'prompt'].filter((name) => existsSync(path.join(rendererRoot, name, 'index.html')));

/** Serves and writes each window's `NAME/index.html` as `/NAME.html`, so that one URL works in development and on `app://`. */
function flatPages(): Plugin {
  return {
    name: 'tollkeeper-flat-pages',
    enforce: 'post',
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        for (const name of windows) {
          if (request.url === `/${name}.html` || request.url?.startsWith(`/${name}.html?`)) {
            request.url = request.url.replace(`/${name}.html`, `/${name}/index.html`);
          }
        }
        next();
      });
    },
    transformIndexHtml: {
      order: 'pre',
      handler: (html, { path: page }) => html.replaceAll('src="./', `src="${path.posix.dirname(page)}/`),
    },
    generateBundle(_options, bundle) {
      for (const name of windows) {
        const page = bundle[`${name}/index.html`];
        if (page !== undefined) page.fileName = `${name}.html`;
      }
    },
  };
}

/** The two windows' pages, absolute URLs as `app://tollkeeper/` serves them, no inline scripts so that a strict CSP holds. */
export default defineConfig({
  root: rendererRoot,
  publicDir: false,
  base: '/',
  logLevel: 'warn',
  plugins: [react(), flatPages()],
  server: { host: '127.0.0.1', strictPort: false },
  build: {
    target: 'chrome130',
    outDir: path.join(root, 'dist/renderer'),
    emptyOutDir: true,
    sourcemap: false,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2500,
    rollupOptions: {
      input: Object.fromEntries(windows.map((name) => [name, path.join(rendererRoot, name, 'index.html')])),
    },
  },
});
