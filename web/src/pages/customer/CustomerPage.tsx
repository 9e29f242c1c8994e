import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Button, Card, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import { useMay } from '../../app/me';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { MoneyText, StageTag, TimeText } from '../../ui/values';
import { useFormat } from '../../app/useFormat';
import { CameFromCard } from '../acquisition/CameFromCard';
import { PersonJourneys } from '../journeys/PersonJourneys';
import { SurveyLinkCard } from '../surveys/SurveyLinkCard';
import { ConsentCard } from './ConsentCard';
import { ContactsCard } from './ContactsCard';
import { IdentitiesCard } from './IdentitiesCard';
import { LifecycleCard } from './LifecycleCard';
import { MergesTab } from './MergesTab';
import { NotesTab } from './NotesTab';
import { ProfileCard } from './ProfileCard';
import { TagsCard } from './TagsCard';
import { TimelineTab } from './TimelineTab';
import { TraitsCard } from './TraitsCard';
import { ValueCard } from './ValueCard';
import './customer.css';

const route = getRouteApi('/shell/customers/$personId');

/** Everything that the brand knows about one person. */
export function CustomerPage() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const { personId } = route.useParams();
  const person = useQuery({ queryKey: ['person', personId], queryFn: () => persons.read(personId) });

  if (person.isPending)
    return (
      <div className="fp-page">
        <Loading rows={12} />
      </div>
    );
  if (person.isError)
    return (
      <div className="fp-page">
        <PageHeader title={t('menu.customers')} />
        <ProblemView error={person.error} onRetry={() => void person.refetch()} />
      </div>
    );

  const p = person.data;
  const write = may('pool.write');
  const figures: [string, React.ReactNode][] = [
    [t('field.gmv'), <MoneyText key="g" minor={p.gmv_minor} currency={p.currency} />],
    [t('field.orders'), <span key="o" className="fp-num">{f.number(p.orders)}</span>],
    [
      t('field.refunded'),
      <span key="r">
        <MoneyText minor={p.refunded_minor} currency={p.currency} /> <span className="fp-muted fp-small">({f.number(p.refunds)})</span>
      </span>,
    ],
    [t('field.firstOrder'), <TimeText key="f" at={p.first_order_at} />],
    [t('field.lastOrder'), <TimeText key="l" at={p.last_order_at} />],
  ];

  return (
    <div className="fp-page">
      <nav className="fp-crumb" aria-label={t('customer.where')}>
        <Link to="/customers" search={{}}>
          {t('menu.customers')}
        </Link>
      </nav>
      <PageHeader
        title={
          <span className="fp-customer-title">
            {p.name || t('customer.nameless')} <StageTag stage={p.stage} />
          </span>
        }
        extra={
          may('org.audit') && (
            <Link to="/audit" search={{ object: p.id }}>
              <Button>{t('customer.changes')}</Button>
            </Link>
          )
        }
        note={[t('customer.number', { seq: p.seq }), p.identities[0]?.value, p.region].filter(Boolean).join(' · ')}
      />
      <dl className="fp-figures">
        {figures.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="fp-customer">
        <div className="fp-stack">
          <LifecycleCard personId={p.id} />
          {may('insight.read') && <ValueCard personId={p.id} />}
          <Card styles={{ body: { paddingTop: 4 } }}>
            <Tabs
              destroyOnHidden
              items={[
                { key: 'timeline', label: t('customer.timeline'), children: <TimelineTab personId={p.id} /> },
                { key: 'notes', label: t('customer.notes'), children: <NotesTab personId={p.id} write={write} /> },
                ...(may('journey.read') ? [{ key: 'journeys', label: t('journeys.title'), children: <PersonJourneys personId={p.id} /> }] : []),
                { key: 'merges', label: t('customer.merges'), children: <MergesTab person={p} merge={may('pool.merge')} /> },
              ]}
            />
          </Card>
        </div>
        <div className="fp-stack">
          <ProfileCard person={p} write={write} />
          <CameFromCard personId={p.id} />
          <TagsCard person={p} write={write} />
          <ContactsCard personId={p.id} />
          <IdentitiesCard person={p} write={write} />
          <TraitsCard person={p} write={write} />
          <SurveyLinkCard personId={p.id} />
          <ConsentCard person={p} write={write} />
        </div>
      </div>
    </div>
  );
}
