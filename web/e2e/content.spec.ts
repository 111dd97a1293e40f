// Secrets, malware and their rules. What needs the mock's data says so.
import { expect, expectAccessible, logIn, mock, test, withAxe } from './console';

test.describe('with the mock’s secrets', () => {
  test.skip(!mock, 'needs findings that are known');

  test('a secret is explained: what to do, where it came from, why its rank, who else has it', async ({
    page,
  }) => {
    await page.goto('/secrets?origin=removed-file');
    await page.getByRole('grid').getByRole('row').nth(1).click();
    const drawer = page.getByRole('complementary', { name: 'Secret' });
    await expect(drawer).toContainText('A later layer only hides the file');
    await expect(drawer.locator('.places')).toContainText(/removed or replaced by layer sha256:[0-9a-f]{12}/);
    await expect(drawer.locator('.places')).toContainText(/in layer sha256:[0-9a-f]{12}/);
    await expect(drawer).toContainText('the sum of the above');
    await expect(drawer.getByText(/other assets? ha(s|ve) the same secret|No other asset has/)).toBeVisible();
  });

  test('malware is told from false alarms', async ({ page }) => {
    await page.goto('/malware');
    await page.getByRole('grid').getByRole('row').nth(1).click();
    const drawer = page.getByRole('complementary', { name: 'Malware' });
    await expect(drawer).toContainText('What to do');
    await expect(drawer).not.toContainText('Issuer');
  });

  test('filters are in the URL and in the export', async ({ page }) => {
    await page.goto('/secrets');
    await page.getByLabel('Found in').selectOption('environment');
    await page.getByRole('button', { name: 'critical', exact: true }).click();
    await expect(page).toHaveURL(/origin=environment/);
    await expect(page.getByRole('grid').getByRole('row').nth(1)).toContainText('environment');
    await page.getByRole('button', { name: 'Export' }).click();
    const link = page.getByRole('link', { name: 'As SARIF' });
    const url = new URL((await link.getAttribute('href'))!, page.url());
    expect(url.pathname).toBe('/api/v1/export/content-findings');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      kind: 'secret',
      severity: 'critical',
      origin: 'environment',
      format: 'sarif',
    });
  });

  test('a mask follows the secret into other assets, and is lifted again', async ({ page }) => {
    const answer = await page.evaluate(async () =>
      (await fetch('/api/v1/content-findings?kind=secret&limit=200')).json(),
    );
    const shared = answer.items.find((row: { same_elsewhere: number }) => row.same_elsewhere > 2);
    await page.goto(`/secrets?fingerprint=${shared.fingerprint}&open=${shared.id}`);
    const drawer = page.getByRole('complementary', { name: 'Secret' });
    await drawer.getByRole('button', { name: 'Mask' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('follows the secret, not the line');
    await dialog.getByLabel('Everywhere').check();
    await dialog.getByLabel('Reason').fill('a key of the test bench');
    await dialog.getByRole('button', { name: 'Mask' }).click();
    await expect(drawer).toContainText('Masked everywhere by admin');
    await expect(page.getByText('No secrets like that')).toBeVisible();
    await page.goto('/masks');
    const masks = page.getByRole('grid', { name: 'Masks' });
    await expect(masks).toContainText('a key of the test bench');
    await expect(masks).toContainText(shared.title);
    await masks.getByRole('button', { name: 'Lift' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Lift' }).click();
    await expect(page.getByText('a key of the test bench')).toHaveCount(0);
    await page.goto(`/secrets?fingerprint=${shared.fingerprint}`);
    await expect(page.getByRole('grid').getByRole('row').nth(1)).toBeVisible();
  });

  test('what a scan finds is told and listed without reloading', async ({ page }) => {
    test.setTimeout(90_000);
    await page.goto('/assets/600');
    await page.getByRole('button', { name: 'Scan now' }).click();
    await page.keyboard.press('g');
    await page.keyboard.press('k');
    await page.getByRole('button', { name: 'First seen' }).click();
    const name = await page.evaluate(async () => (await (await fetch('/api/v1/assets/600')).json()).name);
    await expect(page.locator('.toasts')).toContainText(`1 secret found on ${name}`, { timeout: 40_000 });
    const first = page.getByRole('grid').getByRole('row').nth(1);
    await expect(first).toContainText('GitHub personal access token');
    await expect(first).toContainText(/just now|\d s ago/);
    await page.locator('.toasts').getByRole('link').click();
    await expect(page.getByRole('complementary', { name: 'Secret' })).toContainText(name);
  });

  test('a rule is found, disabled with a reason, and used again', async ({ page }) => {
    await page.goto('/rules');
    await page.getByRole('searchbox', { name: 'Filter rules' }).fill('stripe');
    await expect(page).toHaveURL(/q=stripe/);
    await page
      .getByRole('grid')
      .getByRole('row', { name: /Stripe live key/ })
      .click();
    const drawer = page.getByRole('complementary', { name: 'Rule' });
    await expect(drawer.getByRole('link', { name: /[1-9][\d,]* open findings/ })).toBeVisible();
    await drawer.getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('we have no such account');
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await expect(drawer).toContainText('“we have no such account”');
    await drawer.getByRole('link', { name: /masked or ignored/ }).click();
    await page.getByRole('grid').getByRole('row').nth(1).click();
    const finding = page.getByRole('complementary', { name: 'Secret' });
    await expect(finding).toContainText('It is ignored');
    await finding.getByRole('link', { name: 'See the rule' }).click();
    await drawer.getByRole('button', { name: 'Use it again' }).click();
    await expect(drawer.getByRole('button', { name: 'Disable' })).toBeVisible();
  });

  test('a rule file is checked; what is wrong and what was left out is told', async ({ page }) => {
    await page.goto('/rules/files');
    await page.getByRole('button', { name: 'Add a rule file' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('more.toml');
    await dialog.getByLabel('Text').fill('nothing of the kind');
    await dialog.getByRole('button', { name: 'Check and add' }).click();
    await expect(dialog.getByRole('alert')).toContainText('no rule was found');
    await dialog
      .getByLabel('Text')
      .fill("[[rules]]\nid = 'first'\n[[rules]]\nid = 'second'\nregex = '(?<=x)y'\n");
    await dialog.getByRole('button', { name: 'Check and add' }).click();
    const drawer = page.getByRole('complementary', { name: 'Rule file' });
    await expect(drawer).toContainText('look-behind cannot be matched');
    await expect(drawer).toContainText('left out');
    await drawer.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect(page.getByRole('grid', { name: 'Rule files' })).not.toContainText('more.toml');
    // By URL, the digest is asked for, and compared.
    await page.getByRole('button', { name: 'Add a rule file' }).click();
    await dialog.getByRole('button', { name: 'A URL' }).click();
    await dialog.getByLabel('Name').fill('far.toml');
    await dialog.getByLabel('URL').fill('https://rules.example.org/far.toml');
    await dialog.getByLabel('SHA-256').fill('f'.repeat(64));
    await dialog.getByRole('button', { name: 'Check and add' }).click();
    await expect(dialog.getByRole('alert')).toContainText('another SHA-256');
  });

  test('assets and scans say what was looked at, and what was not looked for', async ({ page }) => {
    await page.goto('/assets/20?tab=malware');
    await expect(page.getByText('Malware: not looked for', { exact: true })).toBeVisible();
    await page.goto('/assets/20');
    await expect(page.getByText(/7,331 files \(412 MB\) with 219 rules/)).toBeVisible();
    await page.goto('/scans/19s0');
    await expect(page.getByRole('heading', { name: /what was looked at/ })).toBeVisible();
    await page.getByText('3 files not looked at').click();
    await expect(page.getByText('3 larger than 64 MiB')).toBeVisible();
    await page.getByText('1 rule set aside').click();
    await expect(page.getByText(/our-look-behind: /)).toBeVisible();
    await page.getByText('6,200 files left out on purpose').click();
    await expect(page.getByText('6,200 as its package brought it')).toBeVisible();
  });

  test('what to fix first has everything in one order, by keyboard', async ({ page }) => {
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('x');
    await expect(page.getByRole('heading', { level: 1, name: 'Fix first' })).toBeVisible();
    const rows = page.getByRole('grid').locator('[role=row][tabindex]');
    await expect(rows.first()).toBeVisible();
    const scores = async () =>
      (await rows.locator('.score').allTextContents()).map((text) => Number.parseFloat(text));
    const list = await scores();
    expect(list).toEqual([...list].sort((a, b) => b - a));
    await expect(page.getByRole('grid')).toContainText('CVE-2021-44228');
    await expect(page.getByRole('grid')).toContainText('GitHub personal access token');
    for (let i = 0; i < 8; i++) await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('complementary')).toContainText(/Why this rank|Packages that have it/);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('complementary')).toHaveCount(0);
    await expect(page.locator('[role=row]:focus')).toHaveCount(1);
  });

  test('a read-only user reads, and is offered nothing that changes things', async ({ browser, baseURL }) => {
    const context = await browser.newContext({ baseURL });
    const page = await context.newPage();
    await logIn(page, { user: 'reader', password: 'mock-password' });
    await page.goto('/secrets');
    await page.getByRole('grid').getByRole('row').nth(1).click();
    await expect(page.getByRole('complementary', { name: 'Secret' })).toContainText('Why this rank');
    await expect(page.getByRole('button', { name: 'Mask' })).toHaveCount(0);
    await page.goto('/rules?open=secret:github-pat');
    await expect(page.getByRole('complementary', { name: 'Rule' })).toContainText('built in');
    await expect(page.getByRole('button', { name: 'Disable' })).toHaveCount(0);
    await page.goto('/rules/files');
    await expect(page.getByRole('grid', { name: 'Rule files' })).toContainText('our-tokens.toml');
    await expect(page.getByRole('button', { name: 'Add a rule file' })).toHaveCount(0);
    await context.close();
  });
});

test('a planted key and a planted test virus are found, explained and masked on a real console', async ({
  page,
}) => {
  const folder = process.env.WEIR_WEB_PLANTED;
  test.skip(!folder, 'needs a console that watches a folder with a key and a test virus');
  const shown = folder!.replace(/^\//, '');
  await page.goto(`/malware?q=${encodeURIComponent(shown)}`);
  await page.getByRole('grid').getByRole('row').nth(1).click();
  const malware = page.getByRole('complementary', { name: 'Malware' });
  await expect(malware.locator('.places')).toContainText(shown);
  await expect(malware).toContainText('the sum of the above');
  await page.goto(`/secrets?q=${encodeURIComponent(shown)}`);
  await page.getByRole('grid').getByRole('row').nth(1).click();
  const secret = page.getByRole('complementary', { name: 'Secret' });
  await expect(secret.locator('.places')).toContainText(shown);
  await expect(secret).toContainText('every user may read it');
  await secret.getByRole('button', { name: 'Mask', exact: true }).click();
  await page.getByLabel('Reason').fill('planted by a test');
  await page.getByRole('dialog').getByRole('button', { name: 'Mask' }).click();
  await expect(secret).toContainText('“planted by a test”');
  await page.goto('/masks');
  await page.getByRole('button', { name: 'Lift' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Lift' }).click();
  await expect(page.getByText('planted by a test')).toHaveCount(0);
  const assets = await page.evaluate(async () => (await fetch('/api/v1/assets?kind=host')).json());
  await page.goto(`/assets/${assets.items[0].id}`);
  await expect(page.getByText(/[\d,]+ files? \(.*\) with [\d,]+ rules?/).first()).toBeVisible();
  // What is to be kept secret is nowhere in what the console says.
  const said = await page.evaluate(async () => (await fetch('/api/v1/content-findings?limit=500')).text());
  expect(said).not.toContain('BEGIN PRIVATE KEY-----\\n');
});

for (const theme of ['light', 'dark'] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });
    test(`drawers and dialogs of secrets and rules are accessible in ${theme}`, async ({ page }) => {
      test.setTimeout(120_000);
      await withAxe(page);
      const open = async (path: string, drawer: string | RegExp) => {
        await page.goto(path);
        await expect(page.locator('.table .foot, .table .empty').first()).toBeVisible();
        const first = page.getByRole('grid').getByRole('row').nth(1);
        if ((await first.count()) === 0) return false;
        await first.click();
        await expect(page.getByRole('complementary', { name: drawer })).toBeVisible();
        await expect(page.locator('.skeleton')).toHaveCount(0);
        await expectAccessible(page);
        return true;
      };
      if (await open('/secrets', 'Secret')) {
        await page.getByRole('button', { name: 'Mask', exact: true }).click();
        await expect(page.getByRole('dialog')).toBeVisible();
        await expectAccessible(page);
        await page.keyboard.press('Escape');
      }
      await open('/malware', 'Malware');
      await open('/fix-first', /Vulnerability|Secret|Malware/);
      expect(await open('/rules', 'Rule')).toBe(true);
      await open('/rules/files', 'Rule file');
      await page.getByRole('button', { name: 'Add a rule file' }).click();
      await expectAccessible(page);
    });
  });
}
