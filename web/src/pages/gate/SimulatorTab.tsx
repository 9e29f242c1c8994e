import { CheckCircleFilled, CloseCircleFilled, MinusCircleOutlined } from '@ant-design/icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import { reach, type GateVerdict, type Purpose } from '../../api/reach';
import { useFormat } from '../../app/useFormat';
import { momentOf, nextDay, shownAt } from '../../lib/zone';
import { EmptyState } from '../../ui/EmptyState';
import { Field } from '../../ui/Field';
import { Loading } from '../../ui/Loading';
import { MomentInput } from '../../ui/moments';
import { PersonPicker, type PickedPerson } from '../../ui/PersonPicker';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';

const purposes: readonly Purpose[] = ['marketing', 'service', 'transactional'];

/** Would this person get a message at that time, and why not? Nothing is sent. */
export function SimulatorTab({ search }: { search: Record<string, string> }) {
  const { t } = useTranslation();
  const f = useFormat();
  const now = shownAt(new Date().toISOString(), f.timeZone);
  const [picked, setPicked] = useState<PickedPerson>();
  const [purpose, setPurpose] = useState<Purpose>(purposes.find((p) => p === search.purpose) ?? 'marketing');
  const [chosen, setChosen] = useState(search.account ?? '');
  const [at, setAt] = useState(now);
  const asked = useQuery({ queryKey: ['person', search.person, 'name'], queryFn: () => persons.read(search.person!), enabled: Boolean(search.person) && !picked });
  const accounts = useQuery({ queryKey: ['reach', 'accounts'], queryFn: reach.accounts });
  const person = picked ?? (asked.data ? { value: asked.data.id, label: asked.data.name || t('customer.nameless') } : undefined);
  const list = accounts.data?.items ?? [];
  const account = list.find((a) => a.account_id === chosen)?.account_id ?? list[0]?.account_id;
  const verdict = useQuery({
    queryKey: ['reach', 'explain', person?.value, purpose, account, at],
    queryFn: () => reach.explain({ person_id: person!.value, account_id: account!, purpose, at: momentOf(at, f.timeZone) }),
    enabled: Boolean(person && account && at),
    staleTime: 0, // what it said a moment ago may no longer be so
    placeholderData: keepPreviousData,
    retry: false,
  });
  const today = now.slice(0, 10);
  const moments = [
    { key: 'now', at: now },
    { key: 'late', at: `${today}T22:30` },
    { key: 'tomorrow', at: `${nextDay(today)}T10:00` },
  ] as const;
  return (
    <>
      <p className="fp-muted">{t('gate.sim.note')}</p>
      <div className="fp-gate-ask">
        <Field label={t('gate.sim.person')}>{(id) => <PersonPicker id={id} value={person} onChange={setPicked} label={t('gate.sim.person')} />}</Field>
        <Field label={t('gate.sim.purpose')} help={t(`gate.sim.purposeHelp.${purpose}`)}>
          {(id) => <Select id={id} className="fp-full" value={purpose} onChange={setPurpose} aria-label={t('gate.sim.purpose')} options={purposes.map((p) => ({ value: p, label: t(`reach.purposes.${p}`) }))} />}
        </Field>
        <Field label={t('gate.sim.account')}>
          {(id) => (
            <Select
              id={id}
              className="fp-full"
              value={account}
              onChange={setChosen}
              aria-label={t('gate.sim.account')}
              placeholder={t('gate.accounts.emptyTitle')}
              options={list.map((a) => ({ value: a.account_id, label: `${a.name} · ${t(`carrier.${a.carrier}`, { defaultValue: a.carrier })}` }))}
            />
          )}
        </Field>
        <Field label={t('gate.sim.at')} help={t('gate.sim.zone', { zone: f.timeZone })}>
          {(id) => <MomentInput id={id} value={at} onChange={setAt} label={t('gate.sim.at')} />}
        </Field>
      </div>
      <div className="fp-toolbar">
        {moments.map((m) => (
          <Button key={m.key} size="small" type={m.at === at ? 'primary' : 'default'} ghost={m.at === at} onClick={() => setAt(m.at)}>
            {t(`gate.sim.moments.${m.key}`)}
          </Button>
        ))}
      </div>
      {!person || !account ? (
        <div className="fp-table-wrap">
          <EmptyState title={t('gate.sim.emptyTitle')} text={!account && accounts.isSuccess ? t('gate.accounts.emptyText') : t('gate.sim.emptyText')} />
        </div>
      ) : verdict.isError ? (
        <ProblemView error={verdict.error} onRetry={() => void verdict.refetch()} />
      ) : !verdict.data ? (
        <Loading rows={8} />
      ) : (
        <Said verdict={verdict.data} busy={verdict.isPlaceholderData} />
      )}
    </>
  );
}

function Said({ verdict: v, busy }: { verdict: GateVerdict; busy: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="fp-gate-said" aria-busy={busy} aria-live="polite">
      <p className={`fp-gate-verdict ${v.allowed ? 'yes' : v.until ? 'later' : 'no'}`}>{v.text}</p>
      <p className="fp-muted">
        {t('gate.sim.local', { local: v.local, zone: v.time_zone })}
        {v.until && (
          <>
            {' · '}
            {t('gate.sim.from')} <TimeText at={v.until} exact />
          </>
        )}
        {' · '}
        <Link to="/customers/$personId" params={{ personId: v.person_id }}>
          {t('gate.sim.open')}
        </Link>
      </p>
      <ol className="fp-gate-steps">
        {v.rules.map((r) => {
          const state = r.exempt ? 'exempt' : r.passed ? 'yes' : r.until ? 'later' : 'no';
          return (
            <li key={r.rule} className={state}>
              <span className="sign" aria-hidden="true">
                {state === 'exempt' ? <MinusCircleOutlined /> : state === 'yes' ? <CheckCircleFilled /> : <CloseCircleFilled />}
              </span>
              <b>{t(`reach.rules.${r.rule}`)}</b>
              <span className="word">{t(`gate.sim.words.${state}`)}</span>
              <span className="text">
                {r.text}
                {!r.passed && r.until && (
                  <>
                    {' · '}
                    <TimeText at={r.until} />
                  </>
                )}
              </span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
