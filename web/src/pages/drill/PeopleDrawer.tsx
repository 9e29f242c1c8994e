import { useTranslation } from 'react-i18next';
import { drill, type DrillPeopleInput, type DrillPerson } from '../../api/drill';
import { PeopleDrawer as Drawer } from '../../ui/PeopleDrawer';

/** A person's ties: the best first, those that do not count struck through with their reason. */
function Ways({ person }: { person: DrillPerson }) {
  const { t } = useTranslation();
  const ways = person.ways ?? [];
  if (ways.length === 0) return <span className="fp-muted">{t('drill.why.no_tie')}</span>;
  return (
    <span className="fp-drill-ways">
      {ways.map((w) => (
        <span key={`${w.account_id}/${w.member}/${w.why ?? ''}`}>
          <span className={w.why ? 'fp-drill-why' : undefined}>
            {w.name}
            {w.member && ` · ${w.member}`}
          </span>{' '}
          {(w.why || w.waits) && <span className="fp-muted">({w.why ? t(`drill.why.${w.why}`, { defaultValue: w.why }) : t('drill.waits')})</span>}
        </span>
      ))}
    </span>
  );
}

/** The people behind a figure of a drill, and how each can be reached. */
export function PeopleDrawer({ title, who, onClose }: { title: string; who: DrillPeopleInput; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer
      title={title}
      who={who}
      of="drill-people"
      ask={drill.people}
      keep={drill.segment}
      file={drill.file}
      size={680}
      columns={[{ key: 'ways', title: t('drill.ways'), render: (_, p: DrillPerson) => <Ways person={p} /> }]}
      onClose={onClose}
    />
  );
}
