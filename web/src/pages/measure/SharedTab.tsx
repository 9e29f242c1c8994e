import { useQuery } from '@tanstack/react-query';
import { Button, Card, InputNumber, Segmented, Select, Tag, Tooltip } from 'antd';
import { useState, type Key } from 'react';
import { useTranslation } from 'react-i18next';
import { shared, type LookAlike, type LookAlikeInput, type Shared, type SharedFeature, type SharedInput } from '../../api/value';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Figure } from '../../ui/Figure';
import { Loading } from '../../ui/Loading';
import { PeopleDrawer } from '../../ui/PeopleDrawer';
import { ProblemView } from '../../ui/ProblemView';
import { SegmentSelect } from './SegmentSelect';
import { readQuestion, type TabProps } from './question';

const kinds = ['again', 'active', 'segment'] as const;

/** What a group of people shares that the others do not, and who is like it. */
export function SharedTab({ asked, ask }: Pick<TabProps, 'asked' | 'ask'>) {
  const { t } = useTranslation();
  const question = readQuestion<SharedInput>(asked);
  const [draft, setDraft] = useState<SharedInput>(question?.group ? question : { group: { kind: 'again', days: 90 }, level: 0.05 });
  const group = (part: Partial<SharedInput['group']>) => setDraft({ ...draft, group: { ...draft.group, ...part } });
  const { kind } = draft.group;
  return (
    <>
      <Card size="small">
        <div className="fp-toolbar">
          <Select
            aria-label={t('shared.group')}
            value={kind}
            popupMatchSelectWidth={false}
            options={kinds.map((k) => ({ value: k, label: t(`shared.kind.${k}`) }))}
            onChange={(k) => setDraft({ ...draft, group: k === 'segment' ? { kind: k } : { kind: k, days: draft.group.days || 90 } })}
          />
          {kind === 'segment' ? (
            <SegmentSelect value={draft.group.segment_id} onChange={(segment_id) => group({ segment_id })} />
          ) : (
            <label className="fp-measure-inline">
              {t('shared.days')}
              <InputNumber aria-label={t('shared.days')} min={1} max={1095} precision={0} value={draft.group.days ?? 90} onChange={(days) => days && group({ days })} style={{ width: 90 }} />
            </label>
          )}
          <Tooltip title={t('shared.levelHelp')}>
            <label className="fp-measure-inline">
              {t('shared.level')}
              <Select aria-label={t('shared.level')} value={draft.level ?? 0.05} options={[0.01, 0.05, 0.1, 0.2].map((v) => ({ value: v, label: `${v * 100}%` }))} onChange={(level: number) => setDraft({ ...draft, level })} />
            </label>
          </Tooltip>
          <Button type="primary" className="fp-end" data-shared-tell disabled={kind === 'segment' && !draft.group.segment_id} onClick={() => ask(draft)}>
            {t('shared.tell')}
          </Button>
        </div>
      </Card>
      {question?.group ? <Told question={question} /> : <EmptyState title={t('shared.empty')} text={t('shared.emptyText')} />}
    </>
  );
}

const said = (f: SharedFeature) => f.verdict === 'more' || f.verdict === 'less';
const keyOf = (f: Pick<SharedFeature, 'family' | 'value'>) => `${f.family}\n${f.value}`;

function Told({ question }: { question: SharedInput }) {
  const { t } = useTranslation();
  const f = useFormat();
  const answer = useQuery({ queryKey: ['shared', question, f.language], queryFn: () => shared.tell(question) });
  if (answer.isError) return <ProblemView error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <Loading rows={6} />;
  const d = answer.data;
  if (d.why) return <EmptyState title={t('shared.cannot')} text={d.why} />;
  return <Found key={JSON.stringify(question)} question={question} answer={d} />;
}

function Found({ question, answer: d }: { question: SharedInput; answer: Shared }) {
  const { t } = useTranslation();
  const f = useFormat();
  const differ = d.features.filter(said);
  const [show, setShow] = useState<'said' | 'all'>('said');
  const [picked, setPicked] = useState<string[]>(differ.filter((x) => !x.whole).map(keyOf));
  const [count, setCount] = useState(Math.max(1, Math.min(500, d.outside)));
  const [open, setOpen] = useState(false);
  const share = (n: number | null, of: string) => (n == null ? '—' : <Tooltip title={of}>{f.share(n, 1)}</Tooltip>);
  const tiny = (n: number | null) => (n == null ? '—' : n < 0.0001 ? '< 0.0001' : n.toFixed(4));
  const num = (n: number) => new Intl.NumberFormat(f.language, { maximumSignificantDigits: 3 }).format(n);
  return (
    <Card size="small" className="fp-measure-answer" title={t('shared.found')} data-shared-found={differ.length}>
      <p>{t('shared.summary', { group: d.group, persons: f.number(d.persons), others: f.number(d.others), tested: f.number(d.tested), said: f.number(differ.length) })}</p>
      <p className="fp-muted fp-small">
        {d.as_of && `${f.date(d.as_of)} · `}
        {d.time_zone}
        {d.counted_to && <> · {t('measure.countedTo', { at: f.dateTime(d.counted_to) })}</>}
      </p>
      <p className="fp-muted">{d.check ? t('shared.check', { area: f.share(d.check.area, 0), low: f.share(d.check.low, 0), high: f.share(d.check.high, 0) }) : t('shared.noCheck', { why: d.check_why })}</p>
      <Segmented className="fp-no-print" value={show} onChange={(v) => setShow(v as 'said' | 'all')} options={(['said', 'all'] as const).map((v) => ({ value: v, label: t(`shared.show.${v}`) }))} />
      <DataTable<SharedFeature>
        label={t('shared.found')}
        minWidth={820}
        rowKey={keyOf}
        dataSource={show === 'said' ? differ : d.features}
        locale={{ emptyText: <EmptyState title={t('shared.none')} /> }}
        rowSelection={{
          selectedRowKeys: picked,
          preserveSelectedRowKeys: true,
          onChange: (keys: Key[]) => setPicked(keys.map(String)),
          getCheckboxProps: (x) => ({ disabled: x.with + x.other === 0, 'aria-label': t('shared.choose', { feature: x.label }) }),
          hideSelectAll: true,
        }}
        columns={[
          { key: 'family', title: t('shared.family'), render: (_, x) => <span className="fp-muted">{x.family_label}</span> },
          {
            key: 'label',
            title: t('shared.feature'),
            render: (_, x) => (
              <>
                {x.label}
                {x.whole && <div className="fp-muted fp-small">{t('shared.whole')}</div>}
              </>
            ),
          },
          { key: 'in', title: <Figure of="shared.share" value={t('shared.inGroup')} />, align: 'right', className: 'fp-num', render: (_, x) => share(x.share, `${f.number(x.with)} / ${f.number(x.of)}`) },
          { key: 'out', title: <Figure of="shared.share_others" value={t('shared.inOthers')} />, align: 'right', className: 'fp-num', render: (_, x) => share(x.share_others, `${f.number(x.other)} / ${f.number(x.others)}`) },
          { key: 'lift', title: <Figure of="shared.lift" value={t('shared.lift')} />, align: 'right', className: 'fp-num', render: (_, x) => (x.lift == null ? <span className="fp-muted fp-small">{t('shared.onlyHere')}</span> : `×${num(x.lift)}`) },
          { key: 'interval', title: t('shared.interval'), align: 'right', className: 'fp-num', render: (_, x) => (x.low == null || x.high == null ? '—' : `${num(x.low)}–${num(x.high)}`) },
          { key: 'p', title: <Figure of="shared.p" value={t('shared.p')} />, align: 'right', className: 'fp-num', render: (_, x) => tiny(x.p) },
          { key: 'q', title: <Figure of="shared.q" value={t('shared.q')} />, align: 'right', className: 'fp-num', render: (_, x) => tiny(x.q) },
          { key: 'verdict', title: t('shared.verdict'), render: (_, x) => (said(x) ? <b>{t(`shared.verdicts.${x.verdict}`)}</b> : <span className="fp-muted">{t(`shared.verdicts.${x.verdict}`)}</span>) },
        ]}
      />
      <section aria-label={t('shared.alike')} className="fp-no-print">
        <h3>{t('shared.alike')}</h3>
        <p className="fp-muted fp-small">{t('shared.alikeText', { outside: f.number(d.outside) })}</p>
        <div className="fp-toolbar">
          <span>{picked.length > 0 ? t('shared.chosen', { count: picked.length }) : t('shared.fewer')}</span>
          <label className="fp-measure-inline">
            {t('shared.count')}
            <InputNumber aria-label={t('shared.count')} min={1} max={100_000} precision={0} value={count} onChange={(n) => n && setCount(n)} style={{ width: 110 }} />
          </label>
          <Button data-shared-alike disabled={picked.length === 0} onClick={() => setOpen(true)}>
            {t('shared.see')}
          </Button>
        </div>
      </section>
      {open && (
        <AlikeDrawer
          group={d.group}
          question={{ ...question, count, features: d.features.filter((x) => picked.includes(keyOf(x))).map((x) => ({ family: x.family, value: x.value })) }}
          onClose={() => setOpen(false)}
        />
      )}
    </Card>
  );
}

function AlikeDrawer({ group, question, onClose }: { group: string; question: LookAlikeInput; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <PeopleDrawer
      title={t('shared.name', { group })}
      who={question}
      of="look-alikes"
      ask={shared.people}
      keep={shared.segment}
      file={shared.file}
      size={760}
      above={(list) => (list.tied ?? 0) > 0 && <p className="fp-muted fp-small">{t('shared.tied', { count: list.tied })}</p>}
      empty={(list) => list?.why}
      columns={[
        { key: 'score', title: <Figure of="shared.score" value={t('shared.score')} />, align: 'right', className: 'fp-num', render: (_, p: LookAlike) => p.score.toFixed(2) },
        { key: 'has', title: t('shared.has'), render: (_, p: LookAlike) => p.has.map((h) => <Tag key={h}>{h}</Tag>) },
      ]}
      onClose={onClose}
    />
  );
}
