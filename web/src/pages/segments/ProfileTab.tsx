import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Checkbox, Select, Tooltip } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { segments } from '../../api/endpoints';
import type { Segment, SegmentTrait } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';

const firstShown = 40;

/** What members have in common, against the whole pool: the unusual first. */
export function ProfileTab({ segment, write }: { segment: Segment; write: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  const [kinds, setKinds] = useState<string[]>([]);
  const [all, setAll] = useState(false);
  const [shown, setShown] = useState(firstShown);
  const profile = useQuery({ queryKey: ['segment', segment.id, 'profile', segment.version], queryFn: () => segments.profile(segment.id), staleTime: 60_000 });
  const items = useMemo(() => profile.data?.items ?? [], [profile.data]);
  const present = useMemo(() => [...new Set(items.map((i) => i.kind))], [items]);
  if (profile.isError) return <ProblemView error={profile.error} onRetry={() => void profile.refetch()} />;
  if (profile.isPending) return <Loading rows={10} />;
  // What the rule itself asks for is no discovery: it comes with the rest, at the end.
  const of = items.filter((i) => (kinds.length === 0 || kinds.includes(i.kind)) && (all || (i.significant && !i.by_rule))).sort((a, b) => Number(a.by_rule) - Number(b.by_rule));
  const rest = profile.data.pool - profile.data.size;
  const otherShare = (i: SegmentTrait) => (rest > 0 ? (i.pool_members - i.members) / rest : 0);
  const kindName = (kind: string) => t(`segments.profileKind.${kind}`, { defaultValue: kind });
  const labelOf = (i: SegmentTrait) =>
    i.kind === 'stage' ? t(`stage.${i.value}`, { defaultValue: i.value }) : i.kind === 'gender' ? t(`gender.${i.value}`, { defaultValue: i.value }) : i.kind === 'product' ? i.label || i.value : i.value;
  return (
    <div className="fp-stack">
      <div className="fp-toolbar fp-seg-profile-tools">
        <Select
          mode="multiple"
          allowClear
          maxTagCount="responsive"
          className="fp-grow"
          value={kinds}
          onChange={setKinds}
          options={present.map((k) => ({ value: k, label: kindName(k) }))}
          placeholder={t('segments.profileAllKinds')}
          aria-label={t('segments.profileKinds')}
        />
        <Checkbox checked={all} onChange={(e) => setAll(e.target.checked)}>
          {t('segments.profileAll')}
        </Checkbox>
        <span className="fp-muted fp-small fp-end">{t('segments.profileNote', { size: f.number(profile.data.size), pool: f.number(profile.data.pool) })}</span>
      </div>
      {of.length === 0 ? (
        <div className="fp-table-wrap">
          <EmptyState title={t('segments.profileNone')} text={t(profile.data.size === 0 ? 'segments.peopleNoneText' : 'segments.profileNoneText')} />
        </div>
      ) : (
        <div className="fp-table-wrap">
          <ul className="fp-seg-legend fp-muted fp-small" aria-hidden="true">
            <li>
              <i className="member" /> {t('segments.profileMembers')}
            </li>
            <li>
              <i className="pool" /> {t('segments.profilePool')}
            </li>
          </ul>
          <ol className="fp-seg-profile">
            {of.slice(0, shown).map((i) => (
              <li key={`${i.kind} ${i.value}`} className={i.significant && !i.by_rule ? '' : 'weak'}>
                <span className="fp-seg-profile-name">
                  <span className="fp-muted fp-small">{(i.kind === 'tag' || i.kind === 'trait') && i.label ? `${kindName(i.kind)} · ${i.label}` : kindName(i.kind)}</span>
                  <b title={labelOf(i)}>{labelOf(i)}</b>
                </span>
                <span className="fp-seg-bars" aria-hidden="true">
                  <i className="member" style={{ width: `${Math.max(0.5, i.share * 100)}%` }} />
                  <i className="pool" style={{ width: `${Math.max(0.5, otherShare(i) * 100)}%` }} />
                </span>
                <Tooltip title={t('segments.profileExact', { members: f.number(i.members), pool: f.number(i.pool_members) })}>
                  <span className="fp-num fp-right" tabIndex={0}>
                    {f.share(i.share)} <span className="fp-muted">/ {f.share(otherShare(i))}</span>
                  </span>
                </Tooltip>
                <span className={`fp-num fp-right fp-seg-lift ${(i.lift ?? 1) >= 1 ? 'fp-yes' : 'fp-no'}`}>
                  {i.lift === null ? '—' : t('segments.lift', { times: f.number(Number(i.lift.toPrecision(i.lift >= 10 ? 3 : 2))) })}
                </span>
                <Tooltip title={i.by_rule ? t('segments.profileByRuleWhy') : t(i.significant ? 'segments.significantWhy' : 'segments.insignificantWhy', { q: i.q_value < 0.001 ? '<0.001' : i.q_value.toFixed(3) })}>
                  <span className="fp-seg-sure fp-muted fp-small" tabIndex={0}>
                    {i.by_rule ? t('segments.profileByRule') : t(i.significant ? 'segments.significant' : 'segments.insignificant')}
                  </span>
                </Tooltip>
                {write && (
                  <Link
                    className="fp-small"
                    to="/segments/new"
                    search={{ tree: JSON.stringify({ op: 'and', of: [{ op: 'segment', segment: { id: segment.id, name: segment.name } }, i.tree] }), name: `${segment.name} · ${labelOf(i)}`.slice(0, 60) }}
                    aria-label={t('segments.makeOf', { name: labelOf(i) })}
                  >
                    {t('segments.make')}
                  </Link>
                )}
              </li>
            ))}
          </ol>
          {of.length > shown && (
            <div className="fp-table-foot">
              <button type="button" className="fp-seg-more" onClick={() => setShown((n) => n + firstShown)}>
                {t('common.more')} ({f.number(of.length - shown)})
              </button>
            </div>
          )}
        </div>
      )}
      {of.length > 0 && (
        <p className="fp-muted fp-small fp-seg-hint">
          {t('segments.profileHint')} {items.some((i) => i.sampled) && t('segments.profileSampled')}
        </p>
      )}
    </div>
  );
}
