// @ts-check
// The worker that downloads, imports and merges models as one file, for the package.

import '../platform/worker-setup.js';
import './told-site.js';
import '../features/models/package-worker.js';
