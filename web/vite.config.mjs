import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The console talks to the API on its own origin. In development Vite passes
// those calls on to a running server: FISHPOND_URL, or the default port.
const server = process.env.FISHPOND_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the content security policy allows no data: scripts
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000, // scripts/size.mjs is the real limit
    manifest: true, // scripts/size.mjs reads which chunks a page needs
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: server, changeOrigin: false } },
  },
  test: {
    include: ['src/**/*.test.{ts,tsx}'],
    environment: 'node',
  },
});
