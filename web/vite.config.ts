import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const target = process.env.GAMEKEEPER_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the content security policy has no data: for fonts, and a polyfill must not be inlined
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rollupOptions: {
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
    },
  },
});
