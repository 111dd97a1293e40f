// Runs against the mock, or against any console:
//   WEIR_WEB_URL=https://localhost:8443 WEIR_WEB_USER=admin WEIR_WEB_PASSWORD=... npx playwright test
import { defineConfig } from '@playwright/test';

const given = process.env.WEIR_WEB_URL;
const port = 8489;

export default defineConfig({
  testDir: 'e2e',
  timeout: 60_000,
  workers: 1,
  retries: 0,
  reporter: [['list']],
  outputDir: 'test-results',
  use: {
    baseURL: given ?? `http://localhost:${port}`,
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      executablePath: process.env.WEIR_CHROMIUM ?? '/usr/bin/chromium',
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    },
  },
  webServer: given
    ? undefined
    : {
        command: `node mock/server.mjs --port ${port}`,
        url: `http://localhost:${port}/`,
        timeout: 30_000,
        reuseExistingServer: false,
      },
});
