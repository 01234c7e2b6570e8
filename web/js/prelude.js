// @ts-check
// What every worker begins with, before its own script: the guard, and word to the page of each request it makes.

import './guard.js';
import { witness } from './witness.js';

witness(self.name, (requests) => self.postMessage({ requests }));
