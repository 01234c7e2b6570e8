// @ts-check
// Sets the colour scheme before the first paint. The switch itself is in views/header.js.

const systemDark = matchMedia('(prefers-color-scheme: dark)');

/** @returns {'auto' | 'light' | 'dark'} */
function chosen() {
  try {
    const value = localStorage.getItem('unlearn-lab.theme');
    return value === 'light' || value === 'dark' ? value : 'auto';
  } catch {
    return 'auto';
  }
}

function applyTheme() {
  const theme = chosen();
  document.documentElement.dataset.theme = theme === 'auto' ? (systemDark.matches ? 'dark' : 'light') : theme;
  document.dispatchEvent(new CustomEvent('unlearn-lab:theme', { detail: theme }));
}

systemDark.addEventListener('change', applyTheme);
document.addEventListener('unlearn-lab:theme-changed', applyTheme);
applyTheme();
