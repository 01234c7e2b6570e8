// @ts-check
// Sets the colour scheme before the first paint. The switch itself is in header.js.

const systemDark = matchMedia('(prefers-color-scheme: dark)');
/** Then the ground is the system’s, and colours must be seen on that. */
const systemColors = matchMedia('(forced-colors: active)');

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
  document.documentElement.dataset.theme = theme === 'auto' || systemColors.matches ? (systemDark.matches ? 'dark' : 'light') : theme;
  document.dispatchEvent(new CustomEvent('unlearn-lab:theme', { detail: theme }));
}

systemDark.addEventListener('change', applyTheme);
systemColors.addEventListener('change', applyTheme);
document.addEventListener('unlearn-lab:theme-changed', applyTheme);
applyTheme();
