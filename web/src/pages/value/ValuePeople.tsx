import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { App, Button, Input, InputNumber, Segmented, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Stage } from '../../api/types';
import { value, type ValuedPerson, type ValuePeopleQuery } from '../../api/value';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ExportMenu } from '../../ui/ExportMenu';
import { Figure } from '../../ui/Figure';
import { Pager } from '../../ui/Pager';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { usePages } from '../../ui/usePages';
import { StageTag } from '../../ui/values';

/** Who is asked for, as the page's address holds it. */
export interface Asked {
  show: 'top' | 'risk' | 'alive';
  share: number;
  alive: number;
  from: number;
  to: number;
}

/** People by what they are worth, and the way to make them a segment. */
export function ValuePeople({ asked, ask, fittedAt }: { asked: Asked; ask: (a: Partial<Asked>) => void; fittedAt?: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const navigate = useNavigate();
  const who: ValuePeopleQuery =
    asked.show === 'alive' ? { show: 'alive', alive_from: asked.from, alive_to: asked.to } : { show: asked.show, share: asked.share, ...(asked.show === 'risk' ? { alive_below: asked.alive } : {}) };
  const key = JSON.stringify(who);
  const pages = usePages(key);
  const usual = t(`value.named.${asked.show}`, { share: f.share(asked.share, 0), alive: f.share(asked.alive, 0), from: f.share(asked.from, 0), to: f.share(asked.to, 0) });
  const [named, setNamed] = useState<{ key: string; name: string }>();
  const name = named?.key === key ? named.name : usual;
  const list = useQuery({ queryKey: ['value-people', who, pages.cursor], queryFn: () => value.people({ ...who, limit: 20, cursor: pages.cursor }), placeholderData: (before) => before });
  const save = useMutation({
    mutationFn: () => value.segment({ ...who, name: name.trim() }),
    onError: notify,
    onSuccess: (made) => {
      void message.success(t('measure.saved', { count: made.persons, number: f.number(made.persons) }));
      void navigate({ to: '/segments/$segmentId', params: { segmentId: made.segment_id } });
    },
  });
  const total = list.data?.total ?? 0;
  const money = (n: number | null | undefined) => (n == null ? '—' : f.money(n, list.data?.currency));
  const percent = (label: string, now: number, change: (n: number) => void, most = 100) => (
    <label className="fp-measure-inline">
      {label}
      <InputNumber aria-label={label} min={1} max={most} precision={0} suffix="%" style={{ width: 90 }} value={Math.round(now * 100)} onChange={(n) => n && change(n / 100)} />
    </label>
  );
  return (
    <section className="fp-value-box" aria-label={t('value.people')} data-value-people={asked.show}>
      <header>
        <h2>{t('value.people')}</h2>
        <Segmented
          className="fp-no-print"
          value={asked.show}
          onChange={(show) => ask({ show: show as Asked['show'], share: show === 'risk' ? 0.2 : 0.1 })}
          options={[
            { value: 'top', label: t('value.top') },
            { value: 'risk', label: t('value.risk') },
            ...(asked.show === 'alive' ? [{ value: 'alive', label: t('value.between', { from: f.share(asked.from, 0), to: f.share(asked.to, 0) }) }] : []),
          ]}
        />
      </header>
      <p className="fp-muted fp-small">{t(`value.about.${asked.show}`)}</p>
      <div className="fp-toolbar fp-no-print">
        {asked.show !== 'alive' && percent(t(`value.shareOf.${asked.show}`), asked.share, (share) => ask({ share }))}
        {asked.show === 'risk' && percent(t('value.aliveBelow'), asked.alive, (alive) => ask({ alive }), 99)}
        {may('segment.write') && total > 0 && (
          <Space.Compact className="fp-end">
            <Input aria-label={t('measure.segmentName')} value={name} maxLength={80} onChange={(e) => setNamed({ key, name: e.target.value })} style={{ width: 220 }} />
            <Button type="primary" data-value-segment loading={save.isPending} disabled={!name.trim()} onClick={() => save.mutate()}>
              {t('measure.save')}
            </Button>
          </Space.Compact>
        )}
        {may('pool.export') && total > 0 && <ExportMenu address={(format) => value.file(who, format)} />}
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <>
          <DataTable<ValuedPerson>
            label={t('value.people')}
            minWidth={760}
            rowKey="id"
            loading={list.isPending}
            dataSource={list.data?.items ?? []}
            locale={{ emptyText: <EmptyState title={t('measure.nobody')} text={t(`value.nobody.${asked.show}`)} /> }}
            columns={[
              {
                key: 'name',
                title: t('measure.person'),
                render: (_, p) => (
                  <Link to="/customers/$personId" params={{ personId: p.id }}>
                    {p.name || t('customer.nameless')}
                  </Link>
                ),
              },
              { key: 'stage', title: t('measure.stage'), render: (_, p) => (p.stage ? <StageTag stage={p.stage as Stage} /> : '—') },
              { key: 'orders', title: t('measure.orders'), align: 'right', className: 'fp-num', render: (_, p) => f.number(p.orders) },
              { key: 'last', title: t('field.lastOrder'), render: (_, p) => (p.last_order_at ? f.date(p.last_order_at) : '—') },
              { key: 'alive', title: <Figure of="person_value.alive" value={t('value.alive')} countedTo={fittedAt} />, align: 'right', className: 'fp-num', render: (_, p) => f.share(p.alive, 0) },
              { key: 'year', title: <Figure of="person_value.expected_minor" value={t('value.inYear')} countedTo={fittedAt} />, align: 'right', className: 'fp-num', render: (_, p) => money(p.expected_minor) },
              { key: 'life', title: <Figure of="person_value.lifetime_minor" value={t('value.threeYears')} countedTo={fittedAt} />, align: 'right', className: 'fp-num', render: (_, p) => money(p.lifetime_minor) },
              { key: 'whole', title: <Figure of="person_value.if_alive_minor" value={t('value.ifAlive')} countedTo={fittedAt} />, align: 'right', className: 'fp-num', render: (_, p) => money(p.if_alive_minor) },
            ]}
          />
          <Pager pages={pages} next={list.data?.next_cursor} note={list.data && t('measure.people', { count: total, number: f.number(total) })} />
        </>
      )}
    </section>
  );
}
