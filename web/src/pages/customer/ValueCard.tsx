import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Card } from 'antd';
import { useTranslation } from 'react-i18next';
import { value } from '../../api/value';
import { useFormat } from '../../app/useFormat';
import { Figure } from '../../ui/Figure';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';

/** What is expected of one person, or why that cannot be said. */
export function ValueCard({ personId }: { personId: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const worth = useQuery({ queryKey: ['person', personId, 'value', f.language], queryFn: () => value.ofPerson(personId, 365) });
  const w = worth.data;
  const money = (n: number) => (w?.worth_known ? f.money(n, w.currency) : '—');
  return (
    <Card title={t('value.card')} extra={<Link to="/value">{t('value.more')}</Link>} data-person-value>
      {worth.isError ? (
        <ProblemView error={worth.error} onRetry={() => void worth.refetch()} />
      ) : !w ? (
        <Loading rows={2} />
      ) : !w.known ? (
        <p className="fp-muted">{t('measure.cannot')}：{w.refusal?.text}</p>
      ) : (
        <>
          <dl className="fp-figures">
            <div>
              <dt>{t('value.cardAlive')}</dt>
              <dd>
                <Figure of="person_value.alive" value={f.share(w.alive, 0)} countedTo={w.fitted_at ?? null} />
              </dd>
            </div>
            <div>
              <dt>{t('value.cardOrders')}</dt>
              <dd>
                <Figure of="person_value.expected_orders" value={t('value.cardOrdersNumber', { n: new Intl.NumberFormat(f.language, { maximumFractionDigits: 1 }).format(w.expected_orders) })} countedTo={w.fitted_at ?? null} />
              </dd>
            </div>
            <div>
              <dt>{t('value.inYear')}</dt>
              <dd>
                <Figure of="person_value.expected_minor" value={money(w.expected_minor)} countedTo={w.fitted_at ?? null} />
              </dd>
            </div>
            <div>
              <dt>{t('value.threeYears')}</dt>
              <dd>
                <Figure of="person_value.lifetime_minor" value={money(w.lifetime_minor)} countedTo={w.fitted_at ?? null} />
              </dd>
            </div>
          </dl>
          <p className="fp-muted fp-small">{t('value.cardNote', { day: w.as_of, model: w.model === 'bg_nbd' ? 'BG/NBD' : 'Pareto/NBD', at: w.fitted_at ? f.dateTime(w.fitted_at) : '—' })}</p>
        </>
      )}
    </Card>
  );
}
