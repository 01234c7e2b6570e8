// @ts-check
// Imported before uPlot, which asks Intl for the browser's language as soon as it is loaded. WebKitGTK without a locale calls its language “C”, and Intl
// throws at that: then no chart's module, and so no page, would start.

try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
}
