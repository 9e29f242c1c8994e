import { measure, type PeopleInput, type PersonBehind } from '../../api/measure';
import { PeopleDrawer as Drawer, usePersonColumns } from '../../ui/PeopleDrawer';

/** The people behind a figure of funnels, retention and paths. */
export function PeopleDrawer({ title, who, onClose }: { title: string; who: PeopleInput; onClose: () => void }) {
  const columns = usePersonColumns<PersonBehind>();
  return <Drawer title={title} who={who} of="people-behind" ask={measure.people} keep={measure.segment} file={measure.file} columns={columns} onClose={onClose} />;
}
