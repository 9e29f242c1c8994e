import { acquisition } from './acquisition';
import { broadcasts } from './broadcasts';
import { campaigns } from './campaigns';
import { care } from './care';
import { carriers } from './carriers';
import { codes } from './codes';
import { common } from './common';
import { content } from './content';
import { diagnosis } from './diagnosis';
import { drill } from './drill';
import { gate } from './gate';
import { imports } from './imports';
import { inbox } from './inbox';
import { insight } from './insight';
import { journeys } from './journeys';
import { economics } from './economics';
import { measure } from './measure';
import { people } from './people';
import { reports } from './reports';
import { scorecard } from './scorecard';
import { segments } from './segments';
import { settings } from './settings';
import { sop } from './sop';
import { surveys } from './surveys';
import { today } from './today';
import { value } from './value';

export default {
  ...acquisition,
  ...broadcasts,
  ...campaigns,
  ...care,
  ...carriers,
  ...codes,
  ...common,
  ...content,
  ...diagnosis,
  ...drill,
  ...gate,
  ...imports,
  ...inbox,
  ...insight,
  ...journeys,
  ...measure,
  ...economics,
  ...people,
  ...reports,
  ...scorecard,
  ...segments,
  ...settings,
  ...sop,
  ...surveys,
  ...today,
  ...value,
};
