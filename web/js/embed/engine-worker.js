// @ts-check
// The engine's worker as one file, for the package.

import '../platform/worker-setup.js';
import './told-site.js';
import '../engine/worker.js';
