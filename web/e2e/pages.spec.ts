// Every page in light and dark and on a phone: it opens, says where one is, is accessible, is not cut off.
import { expect, expectAccessible, pages, test, withAxe } from './console';

for (const theme of ['light', 'dark'] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });
    test(`every page is accessible in ${theme}`, async ({ page }) => {
      test.setTimeout(180_000);
      await withAxe(page);
      for (const [name, path] of pages) {
        await test.step(path, async () => {
          await page.goto(path);
          await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
          await expect(page.locator('.skeleton')).toHaveCount(0);
          await expectAccessible(page);
        });
      }
    });
    test(`drawers and dialogs are accessible in ${theme}`, async ({ page }) => {
      await withAxe(page);
      await page.goto('/findings');
      await expect(page.locator('.table .foot, .table .empty').first()).toBeVisible();
      const first = page.getByRole('grid').getByRole('row').nth(1);
      test.skip((await first.count()) === 0, 'there is no finding');
      await first.click();
      await expect(page.getByRole('complementary', { name: 'Finding' })).toContainText('Why this rank');
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Mask', exact: true }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectAccessible(page);
    });
  });
}

test('on a phone nothing is wider than the screen', async ({ page }) => {
  test.setTimeout(120_000);
  await page.setViewportSize({ width: 390, height: 780 });
  for (const [name, path] of pages) {
    await test.step(path, async () => {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
      await expect(page.locator('.skeleton')).toHaveCount(0);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wide).toBeLessThanOrEqual(0);
    });
  }
});

test('no request leaves the console', async ({ page, baseURL }) => {
  const away: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(baseURL!) && !request.url().startsWith('data:')) away.push(request.url());
  });
  for (const [, path] of pages.slice(0, 6)) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  }
  expect(away).toEqual([]);
});
