import { acquisition } from './acquisition';
import { carriers } from './carriers';
import { common } from './common';
import { imports } from './imports';
import { insight } from './insight';
import { people } from './people';
import { segments } from './segments';
import { settings } from './settings';

export default { ...acquisition, ...common, ...people, ...segments, ...insight, ...carriers, ...imports, ...settings };
