import { Link } from '@tanstack/react-router';
import { Alert, Button, Progress as Bar } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Campaign } from '../../api/campaigns';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { through, totalOf } from '../../lib/sending';
import { EmptyState } from '../../ui/EmptyState';
import { ClockBanner } from '../gate/ClockBanner';
import { Reasons } from './Reasons';
import { TasksView } from './TasksView';
import { TestView } from './TestView';

/** The outbox has those who wait for what a test finds as a plan of its own. */
const restOf = (id: string) => `${id}_r`;

/** How far it is, what waits, what was held back, and why. */
export function ProgressView({ campaign: c }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const p = c.progress;
  if (!c.frozen_at) return <EmptyState title={t('campaigns.notBegun')} text={c.start_at ? t('campaigns.beginsAt', { at: f.dateTime(c.start_at) }) : t('campaigns.notBegunText')} />;
  const done = p ? through(p) : 0;
  const plain: [string, number][] = p
    ? [
        ['planned', p.planned],
        ['sending', p.sending],
        ['asked', p.asked],
        ['sent', p.sent],
        ['delivered', p.delivered],
        ['read', p.read],
        ['cancelled', p.cancelled],
      ]
    : [];
  const link = (state: string, n: number) =>
    may('reach.read') && n > 0 ? (
      <Link to="/gate" search={{ tab: 'messages', plan: c.id, status: state }}>
        {f.number(n)}
      </Link>
    ) : (
      f.number(n)
    );
  return (
    <div className="fp-stack">
      {['planned', 'sending'].includes(c.status) && <ClockBanner />}
      {p && p.doubtful > 0 && (
        <Alert
          type="warning"
          showIcon
          title={t('campaigns.doubtful', { count: p.doubtful, people: f.number(p.doubtful) })}
          action={
            may('reach.read') && (
              <Link to="/gate" search={{ tab: 'messages', plan: c.id, status: 'doubtful' }}>
                <Button size="small">{t('campaigns.decide')}</Button>
              </Link>
            )
          }
        />
      )}
      <section className="fp-campaign-box" aria-labelledby="campaign-progress">
        <h2 id="campaign-progress">{c.status === 'planned' ? t('campaigns.planning', { done: f.number(c.planned_people), people: f.number(c.people) }) : t('campaigns.through', { share: f.share(done / 100, 0) })}</h2>
        <Bar percent={c.status === 'planned' ? Math.round((c.planned_people / Math.max(1, c.people)) * 100) : done} status={c.status === 'sending' ? 'active' : 'normal'} showInfo={false} aria-label={t('campaigns.progress')} />
        <p className="fp-muted" aria-live="polite">
          {t('campaigns.groups', { treated: f.number(c.treated), heldOut: f.number(c.held_out) })}
          {c.global_out > 0 && <> · {t('campaigns.globalOut', { people: f.number(c.global_out) })}</>}
          {c.unreachable > 0 && <> · {t('campaigns.unreachable', { people: f.number(c.unreachable) })}</>}
        </p>
        <ul className="fp-campaign-counts">
          {plain
            .filter(([key, n]) => n > 0 || key === 'sent')
            .map(([key, n]) => (
              <li key={key}>
                <b className="fp-num">{link(key, n)}</b>
                {t(`reach.states.${key}`)}
              </li>
            ))}
        </ul>
        {c.test && c.test.rest_people > 0 && may('reach.read') && (
          <p>
            <Link to="/gate" search={{ tab: 'messages', plan: restOf(c.id) }}>
              {t('campaigns.restMessages')}
            </Link>
          </p>
        )}
      </section>
      {p && (
        <div className="fp-campaign-tally">
          {(
            [
              ['waiting', p.waiting],
              ['held', p.held],
              ['failed', p.failed],
            ] as const
          )
            .filter(([, by]) => totalOf(by) > 0)
            .map(([key, by]) => (
              <section key={key} className={`fp-campaign-count ${key}`} aria-label={t(`reach.states.${key}`)}>
                <b className="fp-num">{f.number(totalOf(by))}</b>
                <span>{t(`reach.states.${key}`)}</span>
                <Reasons by={by} plan={c.id} status={key} />
              </section>
            ))}
        </div>
      )}
      <TasksView campaign={c} />
      {c.test && <TestView campaign={c} test={c.test} />}
    </div>
  );
}
