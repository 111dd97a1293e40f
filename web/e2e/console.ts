// What the tests share: a browser that is logged in, checks that hold for every page.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test as base, expect, type Page } from '@playwright/test';

export const mock = !process.env.WEIR_WEB_URL;
/** Whether tests may change things there for good: they import an advisory, ask for a scan, mask. */
export const writes = mock || process.env.WEIR_WEB_WRITES === '1';
/** Whether there is a million findings to scroll through. */
export const large = mock || process.env.WEIR_WEB_LARGE === '1';
export const user = process.env.WEIR_WEB_USER ?? 'admin';
export const password = process.env.WEIR_WEB_PASSWORD ?? 'mock-password';
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function logIn(page: Page, as = { user, password }): Promise<void> {
  await page.goto('/');
  await page.getByLabel('User').fill(as.user);
  await page.getByLabel('Password').fill(as.password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** PAGE is logged in; errors in its console or breaches of the content policy fail the test. */
export const test = base.extend<{ page: Page }>({
  page: async ({ page }, use) => {
    const errors: string[] = [];
    await logIn(page);
    await expect(page.getByRole('navigation', { name: 'Pages' })).toBeVisible();
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 40[0134]/.test(message.text()))
        errors.push(message.text());
    });
    await use(page);
    expect(errors).toEqual([]);
  },
});

/** No violation that axe-core calls serious or critical. */
export async function expectAccessible(page: Page): Promise<void> {
  const found = await page.evaluate(async () => {
    const scope = window as unknown as {
      axe?: {
        run(options: object): Promise<{
          violations: { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] }[];
        }>;
      };
    };
    if (!scope.axe) throw new Error('axe is missing: call withAxe first');
    const result = await scope.axe.run({ resultTypes: ['violations'] });
    return result.violations
      .filter((item) => item.impact === 'serious' || item.impact === 'critical')
      .map(
        (item) =>
          `${item.id}: ${item.nodes
            .slice(0, 3)
            .map((node) => `${node.target.join(' ')} ${node.failureSummary}`)
            .join(' | ')}`,
      );
  });
  expect(found).toEqual([]);
}
/** axe comes in before the page's own scripts, past its content policy. */
export async function withAxe(page: Page): Promise<void> {
  await page.addInitScript(axeSource);
}

export const pages: [string, string][] = [
  ['Overview', '/'],
  ['Fix first', '/fix-first'],
  ['Vulnerabilities', '/vulnerabilities'],
  ['Findings', '/findings'],
  ['Secrets', '/secrets'],
  ['Malware', '/malware'],
  ['Rules', '/rules'],
  ['Rules', '/rules/files'],
  ['Inventory', '/assets'],
  ['Topology', '/topology'],
  ['Packages', '/packages'],
  ['Scans', '/scans'],
  ['Masks', '/masks'],
  ['Advisories', '/advisories'],
  ['Settings', '/settings'],
  ['Settings', '/settings/sensors'],
  ['Settings', '/settings/enrolment'],
  ['Settings', '/settings/users'],
  ['Settings', '/settings/tokens'],
  ['Settings', '/settings/webhooks'],
  ['Settings', '/settings/audit'],
];

export { expect };
