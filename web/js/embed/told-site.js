// @ts-check
// A worker of the package is told where the files are by whoever opened it, before it is asked for anything. Imported before the worker's own script, whose
// listener so does not hear of it.

import { placeSite } from '../platform/site.js';

self.addEventListener('message', (event) => {
  if (!event.data?.site) return;
  event.stopImmediatePropagation();
  placeSite(event.data.site);
});
