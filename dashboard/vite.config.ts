import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    // With the slash: a page is called /api-keys.
    proxy: { '/api/': 'http://localhost:8080', '/badge/': 'http://localhost:8080' },
  },
  build: {
    // A data: URI would need an exception in the content security policy.
    assetsInlineLimit: 0,
  },
  test: {
    environment: 'jsdom',
    environmentOptions: { jsdom: { url: 'http://localhost:3000' } },
    setupFiles: ['./test/setup.ts'],
    restoreMocks: true,
    // Generous, so that a busy machine does not fail a test.
    testTimeout: 60_000,
  },
});
