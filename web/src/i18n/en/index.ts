import { common } from './common';
import { imports } from './imports';
import { insight } from './insight';
import { people } from './people';
import { settings } from './settings';

export default { ...common, ...people, ...insight, ...imports, ...settings };
