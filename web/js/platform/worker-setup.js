// @ts-check
// What every worker begins with, before its own script: the guard, and word to the page of each request it makes.

import './guard.js';
import { observeRequests } from './request-observer.js';

observeRequests(self.name, (requests) => self.postMessage({ requests }));
