// What a new user does, on any console; what needs the mock's data says so.

import { test as bare } from '@playwright/test';
import { expect, logIn, mock, password, test, user, writes } from './console';

bare('a wrong password is refused in words', async ({ page }) => {
  await logIn(page, { user, password: `${password}x` });
  await expect(page.getByRole('alert')).toContainText(/wrong/i);
});

bare('the page one wanted opens after the login', async ({ page }) => {
  await page.goto('/findings?severity=critical');
  await page.getByLabel('User').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Findings' })).toBeVisible();
  expect(page.url()).toContain('severity=critical');
  await expect(page.getByRole('button', { name: 'critical', exact: true })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
});

bare('a one-time password must be changed first', async ({ page }) => {
  bare.skip(!mock, 'needs a user with a one-time password');
  await logIn(page, { user: 'new', password: 'one-time-word' });
  await expect(page.getByRole('heading', { name: 'Choose a password' })).toBeVisible();
  await page.getByLabel('One-time password').fill('one-time-word');
  await page.getByLabel('New password', { exact: true }).fill('a longer password');
  await page.getByLabel('New password again').fill('a longer password');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
});

test('from the overview to why, by mouse', async ({ page }) => {
  test.skip(!mock, 'needs findings that are known');
  await page.getByRole('link', { name: /CVE-2021-44228/ }).click();
  const drawer = page.getByRole('complementary', { name: 'Vulnerability' });
  await expect(drawer).toContainText('org.apache.logging.log4j:log4j-core');
  await drawer.getByRole('button', { name: /Why/ }).click();
  const finding = page.getByRole('complementary', { name: 'Finding' });
  await expect(finding).toContainText('The way to it');
  await expect(finding.locator('.path li')).toHaveCount(await finding.locator('.path li').count());
  await expect(finding).toContainText('The Internet');
  // The points add up to the score.
  const points = await finding.locator('.reasons dt').allTextContents();
  const numbers = points.map((text) => Number(text.replace('−', '-').replace('+', '')));
  const score = numbers.pop()!;
  expect(Math.abs(numbers.reduce((sum, value) => sum + value, 0) - score)).toBeLessThan(0.35);
  // The back button undoes one step at a time.
  await page.goBack();
  await expect(drawer).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
});

test('from the overview to why, by keyboard alone', async ({ page }) => {
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await expect(page.getByRole('heading', { level: 1, name: 'Findings' })).toBeVisible();
  const rows = page.getByRole('grid').locator('[role=row][tabindex]');
  await expect(page.locator('.skeleton')).toHaveCount(0);
  test.skip((await rows.count()) < 3, 'there are no three findings');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  const focused = page.locator('[role=row]:focus');
  await expect(focused).toHaveAttribute('aria-rowindex', '3');
  // The focus is seen.
  const outline = await focused.evaluate((element) => getComputedStyle(element).outlineStyle);
  expect(outline).not.toBe('none');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('complementary', { name: 'Finding' })).toContainText('Why this rank');
  expect(page.url()).toContain('open=');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('complementary', { name: 'Finding' })).toHaveCount(0);
  await expect(page.locator('[role=row]:focus')).toHaveAttribute('aria-rowindex', '3');
  await page.keyboard.press('/');
  await page.keyboard.type('log4j');
  await expect(page).toHaveURL(/q=log4j/);
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await expect(page.getByRole('heading', { level: 1, name: 'Topology' })).toBeVisible();
});

test('where is log4j?', async ({ page }) => {
  test.skip(!mock, 'needs the mock fleet');
  await page.getByRole('searchbox', { name: 'Find a package or a vulnerability' }).fill('log4j');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Packages' })).toBeVisible();
  await page.getByRole('row', { name: /log4j-core/ }).click();
  await expect(page.getByRole('complementary', { name: 'Package' })).toContainText(/5,\d\d\d assets have it/);
});

test('a long list is read page by page, and few rows are drawn', async ({ page }) => {
  test.skip(!mock, 'needs a million findings');
  await page.goto('/findings');
  const grid = page.getByRole('grid');
  await expect(grid).toHaveAttribute('aria-rowcount', '1000001');
  const scroll = page.locator('.table .scroll');
  for (let i = 0; i < 6; i++) {
    await scroll.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await page.waitForTimeout(250);
  }
  expect(await page.locator('.table .foot').textContent()).toMatch(/[5-9]00 of 1,000,000/);
  expect(await grid.getByRole('row').count()).toBeLessThan(60);
});

test('a scan that runs is seen on every page, and its end without reloading', async ({ page }) => {
  test.skip(!writes, 'asks for a scan');
  const list = await page.evaluate(async () => (await fetch('/api/v1/assets?kind=host&limit=5')).json());
  const host = list.items.find((asset: { state: string }) => asset.state === 'running');
  await page.goto(`/assets/${host.id}`);
  await page.getByRole('button', { name: 'Scan now' }).click();
  const strip = page.getByRole('status', { name: 'Running scans' });
  await expect(strip).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await expect(strip.getByRole('progressbar').first()).toBeVisible();
  await expect(strip).toHaveCount(0, { timeout: 40_000 });
  await page.goto(`/assets/${host.id}?tab=scans`);
  await expect(page.getByRole('grid').getByRole('row').nth(1)).toContainText(/just now|\d s ago/);
});

test('masking takes a finding off the list; lifting brings it back', async ({ page }) => {
  test.skip(!writes, 'changes findings');
  await page.goto(mock ? '/findings?q=nokogiri' : '/findings');
  const row = page.getByRole('grid').getByRole('row').nth(1);
  await row.click();
  const id = new URL(page.url()).searchParams.get('open')!;
  await page.getByRole('button', { name: 'Mask', exact: true }).click();
  await page.getByLabel('Reason').fill('accepted until the next release');
  await page.getByRole('dialog').getByRole('button', { name: 'Mask' }).click();
  await expect(page.getByRole('complementary', { name: 'Finding' })).toContainText(
    'accepted until the next release',
  );
  await page.goto('/masks');
  await expect(page.getByRole('grid', { name: 'Masks' })).toContainText('accepted until the next release');
  await page.getByRole('button', { name: 'Lift' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Lift' }).click();
  await expect(page.getByText('accepted until the next release')).toHaveCount(0);
  await page.goto(`/findings?open=${id}`);
  await expect(page.getByRole('button', { name: 'Mask', exact: true })).toBeVisible();
});

test('an imported advisory shows on an open page within a second, without losing the place', async ({
  page,
  context,
}) => {
  test.skip(!writes, 'imports an advisory');
  const year = mock ? '2099' : String(3000 + (Date.now() % 6000)); // an id that is not there yet
  const id = `CVE-${year}-1000`;
  await page.goto(`/findings?q=${id}`);
  await expect(page.getByText('No findings like that')).toBeVisible();
  const other = await context.newPage();
  await other.goto('/findings');
  await expect(other.getByRole('grid').getByRole('row').nth(1)).toBeVisible();
  const scroll = other.locator('.table .scroll');
  await scroll.evaluate((element) => element.scrollTo(0, 38 * 40));
  await other.waitForTimeout(400);
  const seen = await other.evaluate(() => {
    const element = document.querySelector('.table .scroll')!;
    const top = element.getBoundingClientRect().top + 34;
    const row = [...document.querySelectorAll<HTMLElement>('.table .line')].find(
      (line) => line.getBoundingClientRect().top >= top,
    )!;
    row.focus({ preventScroll: true });
    return { text: row.textContent, top: row.getBoundingClientRect().top };
  });
  const started = Date.now();
  const answer = await page.evaluate(async (id) => {
    const found = await (await fetch('/api/v1/packages?limit=500')).json();
    const name = found.items.find(
      (item: { ecosystem: string; assets: number }) => item.ecosystem === 'npm' && item.assets > 0,
    ).name;
    const session = await (await fetch('/api/v1/session')).json();
    const response = await fetch('/api/v1/advisories', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': session.csrf_token },
      body: JSON.stringify({
        id,
        modified: new Date().toISOString(),
        summary: 'imported by a test',
        affected: [
          {
            package: { ecosystem: 'npm', name },
            ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }] }],
          },
        ],
      }),
    });
    return response.json();
  }, id);
  expect(answer.new_findings).toBeGreaterThan(0);
  await page.bringToFront();
  await expect(page.getByRole('grid').getByRole('row').nth(1)).toContainText(id, { timeout: 5000 });
  console.log(
    `    imported to shown: ${Date.now() - started} ms, of which matching ${Math.round(answer.elapsed_ms)} ms`,
  );
  await other.bringToFront();
  await other.waitForTimeout(2500);
  const after = await other.evaluate(() => {
    const row = document.activeElement as HTMLElement;
    return { text: row.textContent, top: row.getBoundingClientRect().top };
  });
  expect(after.text).toBe(seen.text);
  expect(Math.abs(after.top - seen.top)).toBeLessThan(2);
});

test('many tabs share one stream', async ({ page, context }) => {
  const tabs = [page];
  for (let i = 0; i < 3; i++) tabs.push(await context.newPage());
  let streams = 0;
  for (const tab of tabs)
    tab.on('request', (request) => {
      if (request.url().endsWith('/api/v1/events')) streams++;
    });
  for (const tab of tabs) {
    await tab.goto('/scans');
    await expect(tab.getByText('Live', { exact: true })).toBeVisible();
  }
  expect(streams).toBeLessThanOrEqual(2); // the first tab's, and once more as it was loaded anew
  await tabs[0].close();
  await expect.poll(() => tabs[1].getByText('Live', { exact: true }).isVisible()).toBe(true);
});

test('a read-only user is offered nothing that changes things', async ({ browser, baseURL }) => {
  test.skip(!mock, 'needs the user reader');
  const context = await browser.newContext({ baseURL });
  const page = await context.newPage();
  await logIn(page, { user: 'reader', password: 'mock-password' });
  await page.goto('/assets/12');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Scan now' })).toHaveCount(0);
  await page.goto('/settings/users');
  await expect(page.getByText('Only an admin may see this')).toBeVisible();
  await context.close();
});

test('a sensor is added with one command', async ({ page }) => {
  await page.goto('/settings/enrolment');
  await page.getByRole('button', { name: 'Make the command' }).click();
  await expect(page.locator('.copy pre').first()).toContainText(
    /weir sensor --console https:\/\/.* --token weir1\./,
  );
});
