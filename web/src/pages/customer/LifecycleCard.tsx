import { useQuery } from '@tanstack/react-query';
import { Card, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import type { PersonLifecycle } from '../../api/types';
import { usePreferences } from '../../app/preferences';
import { stageColors } from '../../app/theme';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { StageDot, StageTag, TimeText } from '../../ui/values';

function Score({ name, value }: { name: 'recency' | 'frequency' | 'monetary'; value: number }) {
  const { t } = useTranslation();
  return (
    <Tooltip title={t(`rfm.${name}Help`)}>
      <span className="fp-score">
        <span>{t(`rfm.${name}`)}</span>
        <span className="fp-score-bar" role="img" aria-label={t('rfm.of5', { value })}>
          {[1, 2, 3, 4, 5].map((n) => (
            <i key={n} className={n <= value ? 'on' : ''} />
          ))}
        </span>
        <b className="fp-num">{value}</b>
      </span>
    </Tooltip>
  );
}

/** The stages one after another, each as wide as it lasted. */
function StageBand({ history }: { history: PersonLifecycle['history'] }) {
  const { t } = useTranslation();
  const { look } = usePreferences();
  const f = useFormat();
  const now = Date.now();
  const first = history[0];
  if (!first) return null;
  const spans = history.map((h) => ({
    stage: h.stage,
    at: h.at,
    until: h.until,
    // A short stage still has to be seen: a fiftieth of the whole at least.
    weight: Math.max((h.until ? Date.parse(h.until) : now) - Date.parse(h.at), (now - Date.parse(first.at)) / 50, 1),
  }));
  return (
    <div className="fp-band-wrap">
      <div className="fp-band" aria-hidden="true">
        {spans.map((s) => (
          <Tooltip key={s.at} title={`${t(`stage.${s.stage}`)} · ${f.date(s.at)} – ${s.until ? f.date(s.until) : t('lifecycle.today')}`}>
            <span style={{ flexGrow: s.weight, background: stageColors[s.stage][look] }} />
          </Tooltip>
        ))}
      </div>
      <div className="fp-band-ends fp-muted fp-small" aria-hidden="true">
        <span>{f.date(first.at)}</span>
        <span>{t('lifecycle.today')}</span>
      </div>
      <ol className="fp-stage-steps">
        {history.map((h) => (
          <li key={h.at}>
            <StageDot stage={h.stage} />
            <span>{t(`stage.${h.stage}`)}</span>
            <span className="fp-muted fp-num">{f.date(h.at)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

export function LifecycleCard({ personId }: { personId: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const life = useQuery({ queryKey: ['person', personId, 'lifecycle'], queryFn: () => persons.lifecycle(personId) });
  return (
    <Card title={t('lifecycle.title')}>
      {life.isError ? (
        <ProblemView error={life.error} onRetry={() => void life.refetch()} />
      ) : !life.data ? (
        <Loading rows={2} />
      ) : (
        <>
          <div className="fp-life">
            <div>
              <div className="fp-life-now">
                <StageTag stage={life.data.stage} />
              </div>
              <div className="fp-muted">
                {t('lifecycle.since', { date: life.data.since ? f.date(life.data.since) : '—' })}
                {life.data.next_change_at && life.data.next_stage && (
                  <>
                    <br />
                    {t('lifecycle.next', { stage: t(`stage.${life.data.next_stage}`) })} <TimeText at={life.data.next_change_at} />
                  </>
                )}
              </div>
            </div>
            <div className="fp-scores">
              {life.data.rfm ? (
                (['recency', 'frequency', 'monetary'] as const).map((n) => <Score key={n} name={n} value={life.data.rfm?.[n] ?? 0} />)
              ) : (
                <span className="fp-muted">{t('rfm.none')}</span>
              )}
            </div>
          </div>
          <StageBand history={life.data.history ?? []} />
        </>
      )}
    </Card>
  );
}
