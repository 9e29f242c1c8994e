import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Card } from 'antd';
import { useTranslation } from 'react-i18next';
import { arrivals } from '../../api/acquisition';
import { useMay } from '../../app/me';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { PathText } from './PathText';
import './acquisition.css';
import './arrivals.css';

/** Where a customer came from: every arrival, the first of them marked. */
export function CameFromCard({ personId }: { personId: string }) {
  const { t } = useTranslation();
  const allowed = useMay()('acquisition.read');
  const list = useQuery({ queryKey: ['arrivals', 'person', personId], queryFn: () => arrivals.list({ person_id: personId, limit: 20 }), enabled: allowed });
  if (!allowed) return null;
  const items = list.data?.items ?? [];
  return (
    <Card title={t('cameFrom.title')}>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={2} />
      ) : items.length === 0 ? (
        <span className="fp-muted">{t('cameFrom.unknown')}</span>
      ) : (
        <ul className="fp-list">
          {items.map((a) => (
            <li key={`${a.at} ${a.way}`} className="fp-came">
              <span className="fp-card-line">
                <PathText path={a.path} />
                {a.first && <span className="fp-first">{t('arrivals.first')}</span>}
              </span>
              <span className="fp-small">
                <span className="fp-muted">{t(`arrivals.way.${a.way}`)}</span>{' '}
                {a.code_id ? (
                  <Link to="/codes/$codeId" params={{ codeId: a.code_id }} search={{}}>
                    {a.thing_name}
                  </Link>
                ) : (
                  a.thing_name
                )}
                {a.staff_name && ` · ${t('cameFrom.by', { name: a.staff_name })}`}
              </span>
              <span className="fp-muted fp-small">
                <TimeText at={a.at} exact />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
