import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { campaigns, type Campaign, type Check } from '../../api/campaigns';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { totalOf } from '../../lib/sending';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { fieldOf, troublesOf, type Step } from './draft';
import { Preview } from './Preview';
import { Reasons } from './Reasons';
import { wordsOf } from './schedule';

/** Who would get it and why not, how it reads, and the button that sends. */
export function CheckStep({ campaign: c, onMend }: { campaign: Campaign; onMend: (step: Step) => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const [confirming, setConfirming] = useState(false);
  const check = useQuery({ queryKey: ['campaign', c.id, 'check', c.version], queryFn: () => campaigns.check(c.id), enabled: may('campaign.write'), retry: false });
  const troubles = check.isError ? troublesOf(check.error) : [];
  return (
    <div className="fp-campaign-beside">
      <div className="fp-campaign-fields">
        {troubles.length > 0 ? (
          <section className="fp-campaign-box" role="alert">
            <h2>{t('campaigns.notYet')}</h2>
            <ul className="fp-list">
              {troubles.map((x) => {
                const { key, version } = fieldOf(x.at);
                return (
                  <li key={x.at}>
                    <span className="fp-grow">
                      <b>{t(`campaigns.fields.${key}`, { defaultValue: t('campaigns.content') })}</b>
                      {version !== undefined && (c.variants ?? []).length > 1 && <span className="fp-muted"> {t('campaigns.version', { name: c.variants?.[version]?.name })}</span>}
                      <br />
                      {x.text}
                    </span>
                    <Button size="small" onClick={() => onMend(x.step)}>
                      {t('campaigns.mend')}
                    </Button>
                  </li>
                );
              })}
            </ul>
          </section>
        ) : check.isError ? (
          <ProblemView error={check.error} onRetry={() => void check.refetch()} />
        ) : check.data ? (
          <Found check={check.data} />
        ) : (
          <Loading rows={8} />
        )}
        <div className="fp-toolbar">
          <Button onClick={() => onMend('when')}>{t('campaigns.back')}</Button>
          {may('campaign.send') && (
            <Button type="primary" disabled={!check.data || check.isFetching} onClick={() => setConfirming(true)}>
              {t('campaigns.submit')}
            </Button>
          )}
        </div>
      </div>
      <Preview campaign={c} />
      {confirming && check.data && <Confirm campaign={c} check={check.data} onClose={() => setConfirming(false)} />}
    </div>
  );
}

function Found({ check: k }: { check: Check }) {
  const { t } = useTranslation();
  const f = useFormat();
  const choices = useQuery({ queryKey: ['campaign-choices'], queryFn: campaigns.choices });
  const names = new Map((choices.data?.accounts ?? []).map((a) => [a.id, a.name]));
  const wait = totalOf(k.tally.wait);
  const held = totalOf(k.tally.held);
  const box = (key: 'go' | 'wait' | 'held' | 'unwritten', n: number, by?: Record<string, number>) => (
    <section className={`fp-campaign-count ${key}`} aria-label={t(`campaigns.${key}`)}>
      <b className="fp-num">{f.number(n)}</b>
      <span>{t(`campaigns.${key}`)}</span>
      <Reasons by={by} />
    </section>
  );
  return (
    <>
      <p>
        {t('campaigns.checkPeople', { people: f.number(k.people) })}
        {k.looked < k.people && <span className="fp-muted"> {t('campaigns.checkSample', { looked: f.number(k.looked) })}</span>}
      </p>
      <div className="fp-campaign-tally">
        {box('go', k.tally.go)}
        {box('wait', wait, k.tally.wait)}
        {box('held', held, k.tally.held)}
        {k.unwritten > 0 && box('unwritten', k.unwritten)}
      </div>
      {(k.warnings ?? []).map((w) => (
        <Alert key={w} type="warning" showIcon title={w} />
      ))}
      {k.problem && <Alert type="warning" showIcon title={k.problem} />}
      {k.needs_approval && <Alert type="info" showIcon title={t('campaigns.needsApproval')} />}
      {k.people > 0 && k.tally.go + wait === 0 && <Alert type="warning" showIcon title={t('campaigns.nobodyGets')} />}
      {((k.routes ?? []).length > 1 || k.nobody > 0) && (
        <p>
          {t('campaigns.routed')}{' '}
          {(k.routes ?? []).map((r) => t('campaigns.routeOf', { account: names.get(r.account_id) ?? t(`carrier.${r.carrier}`), people: f.number(r.people) })).join(t('common.listSeparator'))}
          {k.nobody > 0 && <span className="fp-muted"> · {t('campaigns.unreachable', { people: f.number(k.nobody) })}</span>}
        </p>
      )}
      {k.late_people > 0 && <p>{t('campaigns.late', { people: f.number(k.late_people) })}</p>}
      {k.coupons && <p className={k.coupons.left < k.coupons.needed ? 'fp-no' : undefined}>{t('campaigns.couponsAsked', { pool: k.coupons.pool, left: f.number(k.coupons.left), needed: f.number(k.coupons.needed) })}</p>}
      <p className="fp-muted">
        {k.holdout_bp > 0 ? t('campaigns.holdoutNote', { holdout: f.share(k.holdout_bp / 10_000, 0) }) : t('campaigns.noHoldoutNote')}
        {k.global_bp > 0 && <> {t('campaigns.globalNote', { global: f.share(k.global_bp / 10_000, 0) })}</>} {t('campaigns.neededNote', { each: f.number(k.needed_each) })}
      </p>
    </>
  );
}

/** Nobody sends by accident: the name is typed. */
function Confirm({ campaign: c, check: k, onClose }: { campaign: Campaign; check: Check; onClose: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const submit = useMutation({
    mutationFn: () => campaigns.submit(c.id, c.version),
    onSuccess: (sent) => {
      queries.setQueryData(['campaign', c.id], sent);
      void queries.invalidateQueries({ queryKey: ['campaigns'] });
    },
  });
  return (
    <Modal
      open
      title={t('campaigns.submitTitle', { people: f.number(k.people) })}
      okText={k.needs_approval ? t('campaigns.submitForApproval') : t('campaigns.submit')}
      okButtonProps={{ disabled: typed.trim() !== c.name.trim(), loading: submit.isPending }}
      onOk={() => submit.mutate()}
      onCancel={onClose}
    >
      <div className="fp-stack">
        <p>
          {c.schedule ? t('campaigns.again.submit', { words: wordsOf(c.schedule, f.language, t) }) : c.start_at ? t('campaigns.submitAt', { at: f.dateTime(c.start_at) }) : t('campaigns.submitNow')} {t('campaigns.submitText', { name: c.name })}
        </p>
        {submit.isError && <ProblemView error={submit.error} />}
        <Input autoFocus value={typed} placeholder={c.name} aria-label={t('campaigns.typeName')} onChange={(e) => setTyped(e.target.value)} onPressEnter={() => typed.trim() === c.name.trim() && submit.mutate()} />
      </div>
    </Modal>
  );
}
