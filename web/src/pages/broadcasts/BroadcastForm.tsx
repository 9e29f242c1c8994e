import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Input, InputNumber, Modal, Radio, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { broadcasts, type Broadcast } from '../../api/broadcasts';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { nextDay, shownAt } from '../../lib/zone';
import { Field } from '../../ui/Field';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { fromBroadcast, toInput, type Draft } from './draft';
import { PartsEditor } from './PartsEditor';
import { TargetsEditor } from './TargetsEditor';

/** A draft: what, to whom, when; submitting asks for the name. */
export function BroadcastForm({ broadcast: b }: { broadcast: Broadcast }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const queries = useQueryClient();
  const [d, setDraft] = useState<Draft>(() => fromBroadcast(b, f.timeZone));
  const [version, setVersion] = useState(b.version);
  const [stored, setStored] = useState(() => JSON.stringify(d));
  const [confirming, setConfirming] = useState(false);
  const set = (patch: Partial<Draft>) => setDraft((was) => ({ ...was, ...patch }));
  const readOnly = !may('campaign.write');
  const dirty = JSON.stringify(d) !== stored;
  const save = useMutation({
    mutationFn: async () => {
      const text = JSON.stringify(d);
      const saved = text === stored ? { ...b, version } : await broadcasts.update(b.id, { ...toInput(d, f.timeZone), version });
      return { saved, text };
    },
    onSuccess: ({ saved, text }) => {
      setVersion(saved.version);
      setStored(text);
      void queries.invalidateQueries({ queryKey: ['broadcasts'] });
    },
  });
  const tomorrow = () => `${nextDay(shownAt(new Date().toISOString(), f.timeZone).slice(0, 10))}T10:00`;
  return (
    <>
      <PageHeader
        title={d.name || t(`broadcasts.untitled.${b.kind}`)}
        note={t(`broadcasts.formNote.${b.kind}`)}
        extra={
          !readOnly && (
            <Space wrap>
              <span className="fp-muted fp-small" aria-live="polite">
                {dirty ? t('broadcasts.unsaved') : t('broadcasts.saved')}
              </span>
              <Button disabled={!dirty} loading={save.isPending} onClick={() => save.mutate()}>
                {t('common.save')}
              </Button>
              {may('campaign.send') && (
                <Button type="primary" loading={save.isPending} onClick={() => save.mutate(undefined, { onSuccess: () => setConfirming(true) })}>
                  {t('broadcasts.submit')}
                </Button>
              )}
            </Space>
          )
        }
      />
      {save.isError && <ProblemView error={save.error} />}
      <div className="fp-broadcast-form">
        <section aria-label={t('broadcasts.what')}>
          <h2>{t('broadcasts.what')}</h2>
          <Field label={t('broadcasts.name')} help={t('broadcasts.nameHelp')}>
            {(id) => <Input id={id} value={d.name} maxLength={100} disabled={readOnly} onChange={(e) => set({ name: e.target.value })} />}
          </Field>
          <PartsEditor kind={b.kind} text={d.text} parts={d.attachments} readOnly={readOnly} onText={(text) => set({ text })} onParts={(attachments) => set({ attachments })} />
        </section>
        <section aria-label={t(`broadcasts.who.${b.kind}`)}>
          <h2>{t(`broadcasts.who.${b.kind}`)}</h2>
          <TargetsEditor kind={b.kind} draft={d} readOnly={readOnly} set={set} />
        </section>
        <section aria-label={t('broadcasts.when')}>
          <h2>{t('broadcasts.when')}</h2>
          <div className="fp-field" role="group" aria-label={t('broadcasts.when')}>
            <Radio.Group
              disabled={readOnly}
              value={d.start_at ? 'at' : 'now'}
              onChange={(e) => set({ start_at: e.target.value === 'now' ? '' : tomorrow() })}
              options={[
                { value: 'now', label: t('broadcasts.atOnce') },
                { value: 'at', label: t('broadcasts.atTime') },
              ]}
            />
          </div>
          {d.start_at && (
            <Field label={t('broadcasts.startAt')} help={f.timeZone}>
              {(id) => <Input id={id} type="datetime-local" disabled={readOnly} style={{ maxWidth: 240 }} value={d.start_at} onChange={(e) => e.target.value && set({ start_at: e.target.value })} />}
            </Field>
          )}
          <Field label={t('broadcasts.days')} help={t('broadcasts.daysHelp')}>
            {(id) => <InputNumber id={id} min={1} max={30} precision={0} disabled={readOnly} value={d.days} onChange={(n) => set({ days: n ?? 7 })} />}
          </Field>
        </section>
      </div>
      {confirming && <Confirm id={b.id} name={d.name} kind={b.kind} version={version} onClose={() => setConfirming(false)} />}
    </>
  );
}

/** Nobody is asked by accident: the name is typed. */
function Confirm({ id, name, kind, version, onClose }: { id: string; name: string; kind: Broadcast['kind']; version: number; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const right = typed.trim() === name.trim();
  const submit = useMutation({
    mutationFn: () => broadcasts.submit(id, version),
    onSuccess: (sent) => {
      queries.setQueryData(['broadcast', id], sent);
      void queries.invalidateQueries({ queryKey: ['broadcasts'] });
    },
  });
  return (
    <Modal open title={t('broadcasts.submitTitle')} okText={t('broadcasts.submit')} okButtonProps={{ disabled: !right, loading: submit.isPending }} onOk={() => submit.mutate()} onCancel={onClose}>
      <div className="fp-stack">
        <p>{t(`broadcasts.submitText.${kind}`, { name })}</p>
        {submit.isError && <ProblemView error={submit.error} />}
        <Input autoFocus value={typed} placeholder={name} aria-label={t('broadcasts.typeName')} onChange={(e) => setTyped(e.target.value)} onPressEnter={() => right && submit.mutate()} />
      </div>
    </Modal>
  );
}
