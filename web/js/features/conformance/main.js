// @ts-check
// The conformance page: every operation of the models on this browser's devices. Scripts await `conformance`, the signed report.

import '../../platform/require-guard.js';
import { firstLanguage, useLanguage } from '../../ui/language.js';
import { translatePage } from '../../ui/page-words.js';
import { t } from '../../ui/words.js';
import { conform, parse } from './run.js';
import { mount } from './view.js';

if (firstLanguage().id !== 'en') {
  await useLanguage(firstLanguage());
  translatePage();
  document.title = t(document.title);
}
const query = parse(location.search);
const draw = mount(query);
const report = conform(query, draw);
report.then(
  () => (document.documentElement.dataset.conformance = 'done'),
  () => (document.documentElement.dataset.conformance = 'failed'),
);
/** @type {any} */ (globalThis).conformance = report;
