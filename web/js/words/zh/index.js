// @ts-check
// The Chinese catalogue: one chunk, which is fetched when the page speaks Chinese.

import { APP } from './app.js';
import { ATTACKS } from './attacks.js';
import { COMPARE } from './compare.js';
import { CONFORMANCE } from './conformance.js';
import { DATA } from './data.js';
import { DATA_WORDS } from './data-words.js';
import { ENGINE } from './engine.js';
import { ERRORS } from './errors.js';
import { FINDINGS } from './findings.js';
import { FORGET } from './forget.js';
import { GAME } from './game.js';
import { GLOSSARY } from './glossary.js';
import { HISTORY } from './history.js';
import { METHODS } from './methods.js';
import { METRICS } from './metrics.js';
import { MODELS } from './models.js';
import { PAGE } from './page.js';
import { PRIVACY } from './privacy.js';
import { PROMPT } from './prompt.js';
import { TOUR } from './tour.js';
import { UI } from './ui.js';
import { VIEWS } from './views.js';
import { YOU } from './you.js';

export const CATALOGUE = {
  texts: { ...PAGE, ...UI, ...APP, ...ENGINE, ...GAME, ...TOUR, ...FORGET, ...DATA, ...PROMPT, ...PRIVACY, ...COMPARE, ...ATTACKS, ...MODELS, ...HISTORY, ...VIEWS, ...YOU, ...CONFORMANCE },
  engine: { ...DATA_WORDS, ...METHODS, ...FINDINGS, ...METRICS, ...ERRORS },
  glossary: GLOSSARY,
};
