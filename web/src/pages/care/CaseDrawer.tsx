import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Drawer, Input, Select, Space, Tag, Timeline } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cases as api, type CaseChange, type CaseDetails } from '../../api/care';
import { useMay } from '../../app/me';
import { useStaff } from '../../app/useStaff';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { CaseState } from './CasesTab';
import { SaidText } from './SaidText';

const outcomes = ['normal', 'warned', 'escalated', 'compensated', 'other'] as const;
const satisfactions = ['satisfied', 'neutral', 'unsatisfied', 'unknown'] as const;

/** One case: what was said, what happened to it, and what can be done now. */
export function CaseDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const staff = useStaff();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const read = useQuery({ queryKey: ['care', 'case', id], queryFn: () => api.read(id) });
  const [open, setOpen] = useState<'close' | 'note' | 'hand'>();
  const [memo, setMemo] = useState('');
  const [outcome, setOutcome] = useState<(typeof outcomes)[number]>('normal');
  const [satisfaction, setSatisfaction] = useState<(typeof satisfactions)[number]>('unknown');
  const [full, setFull] = useState<CaseDetails>();
  const change = useMutation({
    mutationFn: (body: Omit<CaseChange, 'version'>) => api.change(id, { ...body, version: read.data!.version }),
    onSuccess: (now) => {
      setOpen(undefined);
      setMemo('');
      setFull(undefined);
      queries.setQueryData(['care', 'case', id], now);
    },
    onError: notify,
    onSettled: () => queries.invalidateQueries({ queryKey: ['care'] }),
  });
  const reveal = useMutation({ mutationFn: () => api.reveal(id), onSuccess: setFull, onError: notify });
  const c = read.data;
  const shown = full ?? c;
  const act = (label: string, go: () => void, primary = false) => (
    <Button key={label} type={primary ? 'primary' : 'default'} loading={change.isPending} onClick={go}>
      {label}
    </Button>
  );
  return (
    <Drawer open title={t('care.cases.detail')} size={520} onClose={onClose}>
      {read.isError ? (
        <ProblemView error={read.error} onRetry={() => void read.refetch()} />
      ) : !c || !shown ? (
        <Loading rows={6} />
      ) : (
        <div className="fp-care-case">
          <p>
            <Tag color={c.kind === 'complaint' ? 'purple' : undefined}>{t(`care.kind.${c.kind}`)}</Tag>
            <Tag>{t(`care.source.${c.source}`)}</Tag>
            {c.direction && <Tag>{t(`care.direction.${c.direction}`, { defaultValue: c.direction })}</Tag>}
            {c.category && <Tag>{c.category}</Tag>}
            <CaseState of={c} />
          </p>
          <blockquote>
            <SaidText text={shown.text} hits={shown.hits} />
          </blockquote>
          {c.hidden && !full && may('care.handle') && (
            <p className="fp-muted fp-small">
              {t('care.hidden')}{' '}
              <Button size="small" type="link" title={t('care.revealHelp')} loading={reveal.isPending} onClick={() => reveal.mutate()}>
                {t('care.reveal')}
              </Button>
              {t('care.revealHelp')}
            </p>
          )}
          <dl className="fp-care-facts">
            <dt>{t('care.cases.who')}</dt>
            <dd>{c.person_id ? <Link to="/customers/$personId" params={{ personId: c.person_id }}>{c.person_name || t('customer.nameless')}</Link> : t('care.unknown')}</dd>
            <dt>{t('care.cases.staff')}</dt>
            <dd>{c.staff_name || t('care.nobody')}</dd>
            {c.account_name && <dt>{t('care.account')}</dt>}
            {c.account_name && <dd>{c.account_name}</dd>}
            {c.hits.length > 0 && <dt>{t('care.kind.word')}</dt>}
            {c.hits.length > 0 && <dd>{[...new Set(shown.hits.map((h) => `${h.word}（${h.list}）`))].join('、')}</dd>}
            <dt>{t('care.cases.when')}</dt>
            <dd>
              <TimeText at={c.occurred_at} exact />
            </dd>
            {c.due_at && <dt>{t('care.cases.due')}</dt>}
            {c.due_at && (
              <dd>
                <TimeText at={c.due_at} exact />
              </dd>
            )}
            {c.satisfaction && <dt>{t('care.cases.satisfaction')}</dt>}
            {c.satisfaction && <dd>{t(`care.satisfied.${c.satisfaction}`, { defaultValue: c.satisfaction })}</dd>}
            {c.memo && <dt>{t('care.cases.memo')}</dt>}
            {c.memo && <dd className="fp-said">{shown.memo}</dd>}
          </dl>
          {may('care.handle') && (
            <Space wrap>
              {c.status === 'open' && act(t('care.cases.take'), () => change.mutate({ do: 'take' }), true)}
              {c.status !== 'closed' && act(t('care.cases.close'), () => setOpen('close'), c.status === 'taken')}
              {c.status !== 'closed' && act(t('care.cases.hand'), () => setOpen('hand'))}
              {c.status === 'taken' && act(t('care.cases.release'), () => change.mutate({ do: 'release' }))}
              {act(t('care.cases.addNote'), () => setOpen('note'))}
              {c.status === 'closed' && act(t('care.cases.reopen'), () => change.mutate({ do: 'reopen' }))}
            </Space>
          )}
          {open && (
            <form
              className="fp-care-form"
              onSubmit={(e) => {
                e.preventDefault();
                change.mutate(open === 'note' ? { do: 'note', memo } : { do: 'close', outcome, memo, ...(c.kind === 'complaint' ? { satisfaction } : {}) });
              }}
            >
              {open === 'hand' ? (
                <Select
                  autoFocus
                  className="fp-care-wide"
                  aria-label={t('care.cases.handTo')}
                  placeholder={t('care.cases.handTo')}
                  showSearch={{ optionFilterProp: 'label' }}
                  options={staff.list.filter((s) => s.status === 'active' && (s.role === 'owner' || s.role === 'operator')).map((s) => ({ value: s.id, label: s.name }))}
                  onChange={(to: string) => change.mutate({ do: 'hand', handler_id: to })}
                />
              ) : (
                <>
                  {open === 'close' && (
                    <label>
                      {t('care.cases.outcome')}
                      <Select className="fp-care-wide" aria-label={t('care.cases.outcome')} value={outcome} onChange={setOutcome} options={outcomes.map((v) => ({ value: v, label: t(`care.outcome.${v}`) }))} />
                    </label>
                  )}
                  {open === 'close' && c.kind === 'complaint' && (
                    <label>
                      {t('care.cases.satisfaction')}
                      <Select className="fp-care-wide" aria-label={t('care.cases.satisfaction')} value={satisfaction} onChange={setSatisfaction} options={satisfactions.map((v) => ({ value: v, label: t(`care.satisfied.${v}`) }))} />
                    </label>
                  )}
                  <label>
                    {t('care.cases.memo')}
                    <Input.TextArea autoFocus rows={3} maxLength={2000} placeholder={t('care.cases.memoHelp')} value={memo} onChange={(e) => setMemo(e.target.value)} />
                  </label>
                  <Space>
                    <Button htmlType="submit" type="primary" loading={change.isPending}>
                      {open === 'note' ? t('care.save') : t('care.cases.closeTitle')}
                    </Button>
                    <Button onClick={() => setOpen(undefined)}>{t('common.cancel')}</Button>
                  </Space>
                </>
              )}
            </form>
          )}
          <h3>{t('care.cases.history')}</h3>
          <Timeline
            items={(shown.steps ?? []).map((s) => ({
              content: (
                <>
                  {t(`care.step.${s.step}`)} <span className="fp-muted">{s.by_name || t('care.system')}</span>
                  {s.detail.to && <> → {s.detail.to}</>} <TimeText at={s.at} />
                  {s.detail.outcome && <div>{t(`care.outcome.${s.detail.outcome}`, { defaultValue: s.detail.outcome })}</div>}
                  {s.detail.memo && <div className="fp-said">{s.detail.memo}</div>}
                </>
              ),
            }))}
          />
        </div>
      )}
    </Drawer>
  );
}
