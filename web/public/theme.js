// Before the first paint: the theme the user chose, if not the system's.
try {
  const theme = localStorage.getItem('weir.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // storage may be switched off; then the system's theme holds
}
