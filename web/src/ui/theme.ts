export type Theme = 'system' | 'light' | 'dark';

export function currentTheme(): Theme {
  const theme = document.documentElement.dataset.theme;
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'system') localStorage.removeItem('weir.theme');
    else localStorage.setItem('weir.theme', theme);
  } catch {
    // storage may be switched off; then the choice lasts until the page is loaded again
  }
  window.dispatchEvent(new Event('weir-theme'));
}
