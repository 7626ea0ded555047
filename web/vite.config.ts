import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const target = process.env.GAMEKEEPER_URL ?? 'http://127.0.0.1:8080';

/** GraphiQL's sheet carries its fonts as data: addresses, which the content security policy refuses; the page has its own. */
const withoutFonts: Plugin = {
  name: 'without-fonts',
  enforce: 'pre',
  transform: (code, id) => (/\/graphiql\/.*\.css$/.test(id) ? code.replace(/@font-face\s*\{[^}]*\}/g, '') : undefined),
};

export default defineConfig({
  plugins: [react(), withoutFonts],
  // The client as it stands in this repository, from its sources.
  resolve: { alias: { '@gamekeeper/client/player': fileURLToPath(new URL('../clients/typescript/src/player/index.ts', import.meta.url)) } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the content security policy has no data: for fonts, and a polyfill must not be inlined
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      input: ['index.html', 'graphiql.html', 'demo.html'],
      output: {
        manualChunks: (id) => {
          if (/node_modules\/(echarts|zrender)\//.test(id)) return 'echarts';
          if (/node_modules\/(react|react-dom|scheduler|tslib)\/|preload-helper/.test(id)) return 'react';
          return undefined;
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': target,
      '/health': target,
      '/graphql': { target, ws: true },
      '/ws': { target, ws: true },
    },
  },
});
