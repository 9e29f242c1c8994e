import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { segments } from '../../api/endpoints';
import type { Segment, SegmentOverlap } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { venn } from '../../lib/segmentVenn';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { useVocabulary } from './useVocabulary';

/** How much of this segment is in one or two others as well. */
export function OverlapTab({ segment }: { segment: Segment }) {
  const { t } = useTranslation();
  const f = useFormat();
  const vocabulary = useVocabulary();
  const [others, setOthers] = useState<string[]>([]);
  const ids = [segment.id, ...others];
  const overlap = useQuery({
    queryKey: ['segment', segment.id, 'overlap', others],
    queryFn: () => segments.overlap(ids),
    enabled: others.length > 0,
    placeholderData: (before) => before,
  });
  if (vocabulary.isError) return <ProblemView error={vocabulary.error} onRetry={() => void vocabulary.refetch()} />;
  const options = (vocabulary.data?.segments ?? []).filter((s) => s.id !== segment.id).map((s) => ({ value: s.id, label: s.name, note: s.size === null ? '' : f.number(s.size) }));
  return (
    <>
      <div className="fp-toolbar">
        <Select
          mode="multiple"
          className="fp-seg-overlap-pick"
          loading={vocabulary.isPending}
          value={others}
          maxCount={2}
          onChange={setOthers}
          options={options}
          showSearch={{ optionFilterProp: 'label' }}
          placeholder={t('segments.overlapPick')}
          aria-label={t('segments.overlapPick')}
          optionRender={(o) => (
            <span className="fp-seg-option">
              <span>{o.data.label}</span>
              <span className="fp-muted fp-num">{o.data.note}</span>
            </span>
          )}
        />
      </div>
      {overlap.isError ? (
        <ProblemView error={overlap.error} onRetry={() => void overlap.refetch()} />
      ) : others.length === 0 ? (
        <div className="fp-table-wrap">
          <EmptyState title={t('segments.overlapNone')} text={t('segments.overlapNoneText')} />
        </div>
      ) : !overlap.data ? (
        <Loading rows={6} />
      ) : (
        <div className="fp-seg-panel fp-seg-overlap" aria-busy={overlap.isPlaceholderData}>
          <Circles data={overlap.data} />
          <Areas data={overlap.data} />
        </div>
      )}
    </>
  );
}

const colors = ['var(--fp-primary)', 'var(--fp-accent)', 'var(--fp-seg-third)'];

function Circles({ data }: { data: SegmentOverlap }) {
  const { t } = useTranslation();
  const f = useFormat();
  const shape = useMemo(() => {
    const size = (id: string) => data.sets.find((s) => s.id === id)?.size ?? 0;
    const both = (a: string, b: string) => data.areas.filter((x) => x.in.includes(a) && x.in.includes(b)).reduce((n, x) => n + x.count, 0);
    return venn(
      data.sets.map((s) => size(s.id)),
      (i, j) => both(data.sets[i]!.id, data.sets[j]!.id),
    );
  }, [data]);
  return (
    <figure className="fp-seg-venn">
      <svg viewBox={shape.box} role="img" aria-label={t('segments.overlapLabel')}>
        {shape.circles.map((c, i) => (
          <circle key={i} cx={c.x} cy={c.y} r={c.r} fill={colors[i]} fillOpacity="0.28" stroke={colors[i]} strokeWidth={shape.unit} />
        ))}
      </svg>
      <figcaption>
        <ul className="fp-legend">
          {data.sets.map((s, i) => (
            <li key={s.id}>
              <i style={{ background: colors[i] }} aria-hidden="true" />
              {s.name} <span className="fp-num">{f.number(s.size)}</span>
            </li>
          ))}
        </ul>
        <span className="fp-muted fp-small">{t(data.sets.length > 2 ? 'segments.vennRough' : 'segments.vennTrue')}</span>
      </figcaption>
    </figure>
  );
}

/** Each area once, with who is in it and who is not: exact where circles cannot be. */
function Areas({ data }: { data: SegmentOverlap }) {
  const { t } = useTranslation();
  const f = useFormat();
  const most = Math.max(1, ...data.areas.map((a) => a.count));
  const order = [...data.areas].sort((a, b) => b.in.length - a.in.length || b.count - a.count);
  const names = (ids: string[]) => ids.map((id) => data.sets.find((s) => s.id === id)?.name ?? id);
  const first = data.sets[0];
  const shared = first ? data.areas.filter((a) => a.in.includes(first.id) && a.in.length > 1).reduce((n, a) => n + a.count, 0) : 0;
  return (
    <div>
      {first && (
        <p className="fp-seg-overlap-say">
          {t('segments.overlapSay', { name: first.name, share: f.share(first.size > 0 ? shared / first.size : 0), count: f.number(shared) })}
          {data.sets.length === 2 && <span className="fp-muted"> · {t('segments.jaccard', { share: f.share(data.jaccard) })}</span>}
        </p>
      )}
      <table className="fp-seg-areas">
        <thead>
          <tr>
            {data.sets.map((s, i) => (
              <th key={s.id} scope="col">
                <i style={{ background: colors[i] }} aria-hidden="true" />
                <span className="fp-hidden">{s.name}</span>
              </th>
            ))}
            <th scope="col">{t('segments.area')}</th>
            <th scope="col" className="fp-right">
              {t('segments.size')}
            </th>
          </tr>
        </thead>
        <tbody>
          {order.map((a) => (
            <tr key={a.in.join()}>
              {data.sets.map((s, i) => (
                <td key={s.id}>
                  <i className={a.in.includes(s.id) ? 'on' : ''} style={{ color: colors[i] }} aria-label={t(a.in.includes(s.id) ? 'common.yes' : 'common.no')} role="img" />
                </td>
              ))}
              <td>
                <span>{a.in.length === data.sets.length ? t('segments.areaAll') : a.in.length === 1 ? t('segments.areaOnly', { name: names(a.in)[0] }) : t('segments.areaBoth', { names: names(a.in).join(t('common.listSeparator')) })}</span>
                <span className="fp-seg-area-bar" aria-hidden="true">
                  <i style={{ width: `${(100 * a.count) / most}%` }} />
                </span>
              </td>
              <td className="fp-num fp-right">{f.number(a.count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
