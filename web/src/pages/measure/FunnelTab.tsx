import { ArrowDownOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Card, Input, Segmented, Select, Space, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { tags, traits } from '../../api/endpoints';
import { measure, type Funnel, type FunnelInput, type FunnelStep, type PeopleInput } from '../../api/measure';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Figure } from '../../ui/Figure';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { PeopleDrawer } from './PeopleDrawer';
import { Conditions, DaySpan, EventSelect, Made, useSpan, Window } from './pieces';
import { readQuestion, type TabProps } from './question';

const cuts = ['', 'channel', 'stage', 'region', 'owner', 'tag', 'trait', 'month'] as const;

/** Builds a funnel and shows how far people came. */
export function FunnelTab({ kinds, asked, ask }: TabProps) {
  const { t } = useTranslation();
  const question = readQuestion<FunnelInput>(asked);
  const ready = useQuery({ queryKey: ['ready-funnel'], queryFn: measure.ready });
  const start: FunnelInput = { steps: [{ any: ['friend.added', 'channel.arrived', 'person.created'] }, { any: ['order.paid'] }], within_hours: 24 * 90, order: 'ordered' };
  const [draft, setDraft] = useState<FunnelInput>(question ?? start);
  const change = (part: Partial<FunnelInput>) => setDraft({ ...draft, ...part });
  const step = (i: number, part: Partial<FunnelStep>) => change({ steps: draft.steps.map((s, k) => (k === i ? { ...s, ...part } : s)) });
  const whole = ready.data;
  const loop = () => {
    const steps = (whole?.steps ?? []).filter((s) => (s.any ?? []).length > 0).map((s) => ({ name: s.name, any: s.any ?? [] }));
    ask({ ...draft, steps, within_hours: whole?.within_hours ?? 2160 });
  };
  const missing = (whole?.steps ?? []).filter((s) => s.cannot);
  return (
    <>
      <Card size="small" title={t('measure.steps')} extra={<Button size="small" disabled={!whole} onClick={loop}>{t('measure.ready')}</Button>}>
        <ol className="fp-measure-steps">
          {draft.steps.map((s, i) => (
            <li key={i}>
              <div className="fp-measure-step">
                <Input className="fp-measure-name" aria-label={t('measure.stepName', { n: i + 1 })} placeholder={t('measure.stepName', { n: i + 1 })} maxLength={80} value={s.name} onChange={(e) => step(i, { name: e.target.value })} />
                <EventSelect kinds={kinds} value={s.any ?? []} onChange={(any) => step(i, { any, where: [] })} label={t('measure.stepEvents', { n: i + 1 })} />
                <Tooltip title={t('measure.removeStep', { n: i + 1 })}>
                  <Button type="text" disabled={draft.steps.length <= 2} icon={<DeleteOutlined />} aria-label={t('measure.removeStep', { n: i + 1 })} onClick={() => change({ steps: draft.steps.filter((_, k) => k !== i) })} />
                </Tooltip>
              </div>
              <Conditions step={s} kinds={kinds} name={s.name || t('measure.stepName', { n: i + 1 })} onChange={(where) => step(i, { where })} />
            </li>
          ))}
        </ol>
        <div className="fp-toolbar">
          <Button icon={<PlusOutlined />} disabled={draft.steps.length >= 8} onClick={() => change({ steps: [...draft.steps, { any: [] }] })}>
            {t('measure.addStep')}
          </Button>
          <Segmented value={draft.order ?? 'ordered'} onChange={(order) => change({ order: order as FunnelInput['order'] })} options={[{ value: 'ordered', label: t('measure.ordered') }, { value: 'unordered', label: t('measure.unordered') }]} />
          <label className="fp-measure-inline">
            {t('measure.within')} <Window hours={draft.within_hours} onChange={(within_hours) => change({ within_hours })} />
          </label>
          <DaySpan from={draft.from} to={draft.to} onChange={(from, to) => change({ from, to })} />
          <Select aria-label={t('measure.by')} value={draft.by ?? ''} popupMatchSelectWidth={false} onChange={(by: string) => change({ by: (by || undefined) as FunnelInput['by'], key: undefined })} options={cuts.map((c) => ({ value: c, label: t(`measure.cut.${c || 'none'}`) }))} />
          {(draft.by === 'tag' || draft.by === 'trait') && <KeySelect by={draft.by} value={draft.key} onChange={(key) => change({ key })} />}
          <Button type="primary" className="fp-end" disabled={draft.steps.some((s) => (s.any ?? []).length === 0)} onClick={() => ask(draft)}>
            {t('measure.count')}
          </Button>
        </div>
      </Card>
      {missing.map((s) => (
        <Alert key={s.key} className="fp-measure-gap" type="info" showIcon title={`${s.name}：${s.cannot}`} />
      ))}
      {question ? <FunnelAnswer question={question} /> : <EmptyState title={t('measure.funnelEmpty')} text={t('measure.funnelEmptyText')} action={<Button type="primary" disabled={!whole} onClick={loop}>{t('measure.ready')}</Button>} />}
    </>
  );
}

function KeySelect({ by, value, onChange }: { by: 'tag' | 'trait'; value?: string; onChange: (key: string) => void }) {
  const { t } = useTranslation();
  const found = useQuery({
    queryKey: ['measure-keys', by],
    queryFn: async () =>
      by === 'tag'
        ? [...new Set(((await tags.list()).items ?? []).map((x) => x.group))].map((g) => ({ value: g, label: g || t('measure.noGroup') }))
        : ((await traits.list()).items ?? []).map((x) => ({ value: x.key, label: x.label || x.key })),
  });
  return <Select className="fp-measure-key" aria-label={t(`measure.key.${by}`)} placeholder={t(`measure.key.${by}`)} value={value} loading={found.isPending} onChange={onChange} options={found.data ?? []} />;
}

interface Opened {
  title: string;
  who: PeopleInput;
}

function FunnelAnswer({ question }: { question: FunnelInput }) {
  const { t } = useTranslation();
  const f = useFormat();
  const span = useSpan();
  const [opened, setOpened] = useState<Opened>();
  const answer = useQuery({ queryKey: ['funnel', question], queryFn: () => measure.funnel(question) });
  if (answer.isError) return <ProblemView error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <Loading rows={6} />;
  const d: Funnel = answer.data;
  if (d.cannot) return <EmptyState title={t('measure.cannot')} text={d.cannot} />;
  const steps = d.steps ?? [];
  const nameOf = (i: number) => steps[i]?.name || (steps[i]?.any ?? []).join(' / ');
  const most = Math.max(1, steps[0]?.persons ?? 0);
  const about = { period: d.period, countedTo: d.counted_to };
  const open = (title: string, who: Omit<PeopleInput, 'funnel'>) => setOpened({ title, who: { funnel: question, ...who } });
  return (
    <Card size="small" className="fp-measure-answer" title={t('measure.answer')}>
      <Made period={d.period} countedTo={d.counted_to} />
      <div className="fp-measure-bar fp-measure-heads">
        <span />
        <span />
        <Figure of="funnel.steps.persons" value={t('measure.size')} {...about} />
        <Figure of="funnel.steps.of_first" value={t('measure.ofFirst')} {...about} />
      </div>
      <ol className="fp-measure-bars" aria-label={t('measure.answer')}>
        {steps.map((s, i) => (
          <li key={i}>
            {i > 0 && (
              <div className="fp-measure-between">
                <ArrowDownOutlined aria-hidden />
                <Figure of="funnel.steps.of_before" value={s.of_before == null ? '—' : f.share(s.of_before)} {...about} />
                {s.persons > 0 && (
                  <span className="fp-muted">
                    <Figure of="funnel.steps.median_seconds" value={t('measure.median', { span: span(s.median_seconds) })} {...about} />
                    {t('measure.comma')}
                    <Figure of="funnel.steps.p90_seconds" value={t('measure.p90', { span: span(s.p90_seconds) })} {...about} />
                  </span>
                )}
                <span>
                  <Figure of="funnel.steps.dropped" className="fp-muted" value={t('measure.lost')} {...about} />
                  <Button size="small" type="link" className="fp-num" data-dropped={i} disabled={s.dropped === 0} onClick={() => open(t('measure.droppedTitle', { from: nameOf(i - 1), to: nameOf(i) }), { step: i, not: i + 1 })}>
                    {t('measure.people', { count: s.dropped, number: f.number(s.dropped) })}
                  </Button>
                </span>
              </div>
            )}
            <div className="fp-measure-bar">
              <span className="fp-measure-label">{nameOf(i)}</span>
              <span className="fp-measure-track" aria-hidden>
                <span style={{ width: `${(s.persons / most) * 100}%` }} />
              </span>
              <Button type="link" size="small" className="fp-num" data-step={i + 1} disabled={s.persons === 0} onClick={() => open(t('measure.reachedTitle', { step: nameOf(i) }), { step: i + 1 })}>
                {t('measure.people', { count: s.persons, number: f.number(s.persons) })}
              </Button>
              <span className="fp-num fp-measure-share">{s.of_first == null ? '—' : f.share(s.of_first)}</span>
            </div>
          </li>
        ))}
      </ol>
      {d.open > 0 && <p className="fp-muted"><Figure of="funnel.open" value={t('measure.open', { count: d.open, number: f.number(d.open) })} {...about} /></p>}
      {steps.length > 2 && <Between steps={steps.map((_, i) => nameOf(i))} onOpen={(from, to) => open(t('measure.droppedTitle', { from: nameOf(from - 1), to: nameOf(to - 1) }), { step: from, not: to })} />}
      {(d.groups ?? []).length > 0 && (
        <DataTable
          label={t(`measure.cut.${question.by ?? 'none'}`)}
          minWidth={360 + 110 * steps.length}
          rowKey="value"
          dataSource={d.groups ?? []}
          columns={[
            { key: 'label', title: t(`measure.cut.${question.by ?? 'none'}`), render: (_, g) => (question.by === 'stage' && g.value ? t(`stage.${g.value}`, { defaultValue: g.label }) : g.label) },
            ...steps.map((_, k) => ({
              key: `s${k}`,
              title: <Figure of="funnel.groups.persons" value={nameOf(k)} {...about} />,
              align: 'right' as const,
              className: 'fp-num',
              render: (_v: unknown, g: NonNullable<Funnel['groups']>[number]) => (
                <Button size="small" type="link" className="fp-flush" disabled={!g.persons?.[k]} onClick={() => open(`${nameOf(k)} · ${g.label}`, { step: k + 1, group: g.value })}>
                  {f.number(g.persons?.[k] ?? 0)}
                </Button>
              ),
            })),
            { key: 'through', title: <Figure of="funnel.groups.through" value={t('measure.through')} {...about} />, align: 'right', className: 'fp-num', render: (_, g) => (g.through == null ? '—' : f.share(g.through)) },
          ]}
        />
      )}
      {opened && <PeopleDrawer title={opened.title} who={opened.who} onClose={() => setOpened(undefined)} />}
    </Card>
  );
}

/** Who got to one step and not to another one further on. */
function Between({ steps, onOpen }: { steps: string[]; onOpen: (from: number, to: number) => void }) {
  const { t } = useTranslation();
  const [from, setFrom] = useState(1);
  const [to, setTo] = useState(steps.length);
  const option = (name: string, i: number) => ({ value: i + 1, label: name });
  return (
    <Space wrap className="fp-measure-any">
      {t('measure.didReach')}
      <Select aria-label={t('measure.didReach')} value={from} popupMatchSelectWidth={false} options={steps.slice(0, -1).map(option)} onChange={(n: number) => { setFrom(n); setTo(Math.max(to, n + 1)); }} />
      {t('measure.notReach')}
      <Select aria-label={t('measure.notReach')} value={to} popupMatchSelectWidth={false} options={steps.map(option).filter((o) => o.value > from)} onChange={setTo} />
      <Button onClick={() => onOpen(from, to)}>{t('measure.see')}</Button>
    </Space>
  );
}
