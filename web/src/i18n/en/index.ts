import { common } from './common';
import { imports } from './imports';
import { insight } from './insight';
import { people } from './people';
import { segments } from './segments';
import { settings } from './settings';

export default { ...common, ...people, ...segments, ...insight, ...imports, ...settings };
