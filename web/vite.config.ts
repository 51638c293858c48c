// Build and development settings of the web application.
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const api = process.env['QINGSHAN_API'] ?? 'http://127.0.0.1:8212'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  worker: { format: 'es' },
  build: { target: 'es2022', chunkSizeWarningLimit: 1200 },
  server: {
    port: 5173,
    proxy: { '/api': { target: api } },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    // the colours are read by their test
    css: { include: [/base\.css/] },
  },
})
