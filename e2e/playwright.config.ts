// The browser tests: the files two at a time, each of the two with a browser and servers of its own.
import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'specs',
  outputDir: 'results',
  fullyParallel: false,
  workers: 2,
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  // how long somebody waits before giving up: a machine may be busy, and none of this is a measurement
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    viewport: { width: 1440, height: 900 },
    locale: 'zh-CN',
    timezoneId: 'America/New_York',
    colorScheme: 'light',
    contextOptions: { reducedMotion: 'reduce' },
    // recording each step takes a third of the whole time: `PLAYWRIGHT_TRACE=1` to look into a failure
    trace: process.env['PLAYWRIGHT_TRACE'] === undefined ? 'off' : 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium-headless-shell',
      args: ['--no-sandbox', '--use-gl=swiftshader', '--enable-unsafe-swiftshader'],
    },
  },
})
