import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { Alert, Button, Checkbox, InputNumber, Modal, Radio, Switch } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { reach, type GateSettings } from '../../api/reach';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { ClockInput } from '../../ui/moments';
import { ProblemView } from '../../ui/ProblemView';
import { useUndo } from '../../ui/useUndo';
import { DayRuler } from './DayRuler';
import { CapsTable, RatesTable } from './LimitTables';

/** The rules of the gate, in the order in which they are asked. */
export function RulesTab() {
  const read = useQuery({ queryKey: ['reach', 'settings'], queryFn: reach.settings });
  if (read.isError) return <ProblemView error={read.error} onRetry={() => void read.refetch()} />;
  if (read.isPending) return <Loading rows={10} />;
  return <Rules key={JSON.stringify(read.data)} stored={read.data} />;
}

function Rule({ title, text, error, children }: { title: string; text: ReactNode; error?: string; children: ReactNode }) {
  return (
    <section className="fp-gate-rule" aria-label={title}>
      <div>
        <h2>{title}</h2>
        <p className="fp-muted">{text}</p>
      </div>
      <div>
        {children}
        {error && (
          <p className="fp-no" role="alert">
            {error}
          </p>
        )}
      </div>
    </section>
  );
}

function Rules({ stored }: { stored: GateSettings }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const undo = useUndo();
  const queries = useQueryClient();
  const [draft, setDraft] = useState(stored);
  const set = (patch: Partial<GateSettings>) => setDraft((was) => ({ ...was, ...patch }));
  const write = may('reach.settings');
  const changed = JSON.stringify(draft) !== JSON.stringify(stored);
  const put = (s: GateSettings) => reach.saveSettings(s).then((saved) => void queries.setQueryData(['reach', 'settings'], saved));
  const save = useMutation({
    mutationFn: () => put(draft),
    onSuccess: () => undo('gate-rules', t('gate.saved'), () => put(stored)),
  });
  const blocker = useBlocker({ shouldBlockFn: () => changed && write, withResolver: true, enableBeforeUnload: () => changed && write });
  const fields = save.isError ? asProblem(save.error).fields : [];
  const errorIn = (part: string) => fields.find((x) => x.location.startsWith(`body.${part}`))?.message;
  const { quiet_hours: quiet, attention } = draft;
  const toggle = (list: readonly string[], key: string, on: boolean) => (on ? [...new Set([...list, key])] : list.filter((x) => x !== key));
  const days = attention.per_day > 0 ? f.number(Math.round((10 / attention.per_day)) / 10) : '';
  return (
    <fieldset className="fp-gate-rules" disabled={!write}>
      {!write && <Alert type="info" showIcon title={t('gate.ownerOnly')} />}
      <Rule title={t('gate.consent.title')} text={t('gate.consent.text')} error={errorIn('opt_in')}>
        {(['marketing', 'service'] as const).map((p) => (
          <div key={p} className="fp-gate-line">
            <Checkbox disabled={!write} checked={draft.opt_in.includes(p)} onChange={(e) => set({ opt_in: toggle(draft.opt_in, p, e.target.checked) as GateSettings['opt_in'] })}>
              {t('gate.consent.needed', { purpose: t(`reach.purposes.${p}`) })}
            </Checkbox>
            <span className="fp-muted fp-small">{draft.opt_in.includes(p) ? t('gate.consent.optIn') : t('gate.consent.optOut')}</span>
          </div>
        ))}
        <p className="fp-muted fp-small">{t('gate.consent.exempt')}</p>
      </Rule>
      <Rule title={t('gate.wecom.title')} text={t('gate.wecom.text')} error={errorIn('wecom_per')}>
        <Radio.Group
          disabled={!write}
          aria-label={t('gate.wecom.title')}
          value={draft.wecom_per}
          onChange={(e) => set({ wecom_per: e.target.value as GateSettings['wecom_per'] })}
          options={(['day', 'week', 'month'] as const).map((p) => ({ value: p, label: t(`gate.wecom.${p}`) }))}
        />
      </Rule>
      <Rule title={t('gate.quiet.title')} text={t('gate.quiet.text')} error={errorIn('quiet_hours')}>
        <div className="fp-gate-line">
          <Switch disabled={!write} checked={quiet.enabled} aria-label={t('gate.quiet.title')} onChange={(enabled) => set({ quiet_hours: { ...quiet, enabled } })} />
          <ClockInput disabled={!write || !quiet.enabled} value={quiet.from} label={t('gate.quiet.from')} onChange={(from) => set({ quiet_hours: { ...quiet, from } })} />
          <span>{t('gate.quiet.until')}</span>
          <ClockInput disabled={!write || !quiet.enabled} value={quiet.to} label={t('gate.quiet.to')} onChange={(to) => set({ quiet_hours: { ...quiet, to } })} />
        </div>
        <DayRuler from={quiet.from} to={quiet.to} on={quiet.enabled} />
        <Checkbox
          disabled={!write || !quiet.enabled}
          checked={quiet.exempt.includes('service')}
          onChange={(e) => set({ quiet_hours: { ...quiet, exempt: toggle(quiet.exempt, 'service', e.target.checked) as typeof quiet.exempt } })}
        >
          {t('gate.quiet.service')}
        </Checkbox>
      </Rule>
      <Rule title={t('gate.caps.title')} text={t('gate.caps.text')} error={errorIn('caps')}>
        <CapsTable caps={draft.caps} disabled={!write} onChange={(caps) => set({ caps })} />
      </Rule>
      <Rule title={t('gate.attention.title')} text={t('gate.attention.text')} error={errorIn('attention')}>
        <div className="fp-gate-line">
          <Switch disabled={!write} checked={attention.enabled} aria-label={t('gate.attention.title')} onChange={(enabled) => set({ attention: { ...attention, enabled } })} />
          <span>{attention.enabled ? t('gate.attention.on') : t('gate.attention.off')}</span>
        </div>
        <div className="fp-gate-numbers">
          {(['size', 'per_day', 'reply', 'order'] as const).map((key) => (
            <label key={key}>
              <span>{t(`gate.attention.${key}`)}</span>
              <InputNumber
                disabled={!write || !attention.enabled}
                min={key === 'size' ? 1 : 0}
                max={100}
                step={key === 'size' ? 1 : 0.5}
                precision={key === 'size' ? 0 : undefined}
                value={attention[key]}
                onChange={(v) => v !== null && set({ attention: { ...attention, [key]: v } })}
              />
            </label>
          ))}
        </div>
        {attention.enabled && (
          <p className="fp-muted fp-small">{days ? t('gate.attention.example', { size: f.number(attention.size), days }) : t('gate.attention.exampleNone', { size: f.number(attention.size) })}</p>
        )}
      </Rule>
      <Rule title={t('gate.rates.title')} text={t('gate.rates.text')} error={errorIn('rates')}>
        <RatesTable rates={draft.rates} disabled={!write} onChange={(rates) => set({ rates })} />
      </Rule>
      {save.isError && fields.length === 0 && <ProblemView error={save.error} />}
      {write && (
        <div className="fp-gate-save">
          <Button type="primary" disabled={!changed} loading={save.isPending} onClick={() => save.mutate()}>
            {t('common.save')}
          </Button>
          <Button disabled={!changed} onClick={() => setDraft(stored)}>
            {t('gate.discard')}
          </Button>
          <span className="fp-muted fp-small">{changed ? t('gate.unsaved') : t('gate.atOnce')}</span>
        </div>
      )}
      <Modal open={blocker.status === 'blocked'} title={t('gate.leaveTitle')} okText={t('gate.leave')} onOk={() => blocker.proceed?.()} onCancel={() => blocker.reset?.()}>
        {t('gate.leaveText')}
      </Modal>
    </fieldset>
  );
}
