import { economics, type EconomicsPeople } from '../../api/economics';
import type { PersonBehind } from '../../api/measure';
import { PeopleDrawer as Drawer, usePersonColumns } from '../../ui/PeopleDrawer';

/** The people behind a count of unit economics. */
export function PeopleDrawer({ title, who, onClose }: { title: string; who: EconomicsPeople; onClose: () => void }) {
  const columns = usePersonColumns<PersonBehind>();
  return <Drawer title={title} who={who} of="economics-people" ask={economics.people} keep={economics.segment} file={economics.file} columns={columns} onClose={onClose} />;
}
