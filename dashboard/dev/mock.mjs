import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

// Node 20 does not run TypeScript by itself.
await runnerImport(fileURLToPath(new URL('./mock-server.ts', import.meta.url)), { configFile: false });
