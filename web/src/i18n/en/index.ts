import { acquisition } from './acquisition';
import { carriers } from './carriers';
import { codes } from './codes';
import { common } from './common';
import { imports } from './imports';
import { insight } from './insight';
import { people } from './people';
import { segments } from './segments';
import { settings } from './settings';

export default { ...acquisition, ...codes, ...common, ...people, ...segments, ...insight, ...carriers, ...imports, ...settings };
