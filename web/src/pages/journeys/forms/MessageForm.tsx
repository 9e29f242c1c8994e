import { CloseOutlined, PaperClipOutlined } from '@ant-design/icons';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Select, Tag } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { coupons } from '../../../api/campaigns';
import { content } from '../../../api/content';
import type { Options, Spec, Step, StepMessage } from '../../../api/journeys';
import { useMay } from '../../../app/me';
import { Field } from '../../../ui/Field';
import { TextEditor } from '../../campaigns/TextEditor';
import '../../campaigns/campaigns.css';
import { Choice, named, SpanField } from './fields';
import { MessagePreview } from './MessagePreview';

const MaterialPicker = lazy(() => import('../../content/MaterialPicker').then((m) => ({ default: m.MaterialPicker })));

interface Props {
  journeyId: string;
  spec: Spec;
  step: Step;
  options?: Options;
  disabled: boolean;
  onChange: (patch: Partial<Step>, mark?: string) => void;
}

/** What a message says, over which accounts it goes, and how long it may wait for its turn. */
export function MessageForm({ journeyId, spec, step, options, disabled, onChange }: Props) {
  const { t } = useTranslation();
  const m = step.message ?? { text: '' };
  const set = (patch: Partial<StepMessage>, mark?: string) => onChange({ message: { ...m, ...patch } }, mark && `message ${mark}`);
  const may = useMay();
  const pools = useQuery({ queryKey: ['coupon-pools', 'choices'], queryFn: () => coupons.list(), enabled: may('campaign.read'), staleTime: 60_000 });
  const accounts = options?.accounts ?? [];
  const ids = m.account_ids?.length ? m.account_ids : (spec.account_ids ?? []);
  const chosen = accounts.filter((a) => ids.includes(a.id));
  const mail = chosen.length === 0 || chosen.some((a) => a.carrier === 'email');
  const poolOptions = options?.coupon_pools?.length ? named(options.coupon_pools) : named(pools.data?.items);
  return (
    <>
      <TextEditor
        version={{ name: 'A', share: 100, subject: m.subject ?? '', text: m.text ?? '', html: m.html ?? '' }}
        mail={mail}
        variables={options?.variables ?? []}
        errorAt={() => undefined}
        disabled={disabled}
        named={false}
        onChange={({ subject, text, html }) => set({ ...(subject !== undefined ? { subject } : {}), ...(text !== undefined ? { text } : {}), ...(html !== undefined ? { html } : {}) }, 'text')}
      />
      <Materials message={m} disabled={disabled} set={set} />
      <MessagePreview journeyId={journeyId} spec={spec} step={step} />
      <Field label={t('journeys.field.accounts')} help={t('journeys.help.accounts')}>
        {(id) => (
          <Select
            id={id}
            className="fp-full"
            mode="multiple"
            disabled={disabled}
            aria-label={t('journeys.field.accounts')}
            placeholder={t('journeys.journeyAccounts')}
            value={m.account_ids ?? []}
            onChange={(account_ids: string[]) => set({ account_ids })}
            options={accounts.map((a) => ({ value: a.id, label: `${a.name} · ${t(`carrier.${a.carrier}`, { defaultValue: a.carrier })}` }))}
          />
        )}
      </Field>
      {(poolOptions.length > 0 || m.coupon_pool_id) && <Choice label={t('journeys.field.coupon')} value={m.coupon_pool_id} placeholder={t('journeys.none')} clear disabled={disabled} options={poolOptions} onChange={(coupon_pool_id) => set({ coupon_pool_id })} />}
      <SpanField label={t('journeys.field.patience')} help={t('journeys.help.patience')} seconds={(m.patience_hours || 72) * 3600} disabled={disabled} onChange={(s) => set({ patience_hours: Math.max(1, Math.min(720, Math.round(s / 3600))) })} />
      <div>
        <Checkbox disabled={disabled} checked={m.no_wait ?? false} onChange={(e) => set({ no_wait: e.target.checked })}>
          {t('journeys.field.noWait')}
        </Checkbox>
        <div className="fp-muted fp-small">{t('journeys.help.noWait')}</div>
      </div>
    </>
  );
}

/** Things of the library that go along, as links that tell who read. */
function Materials({ message: m, disabled, set }: { message: StepMessage; disabled: boolean; set: (patch: Partial<StepMessage>) => void }) {
  const { t } = useTranslation();
  const [picking, setPicking] = useState<number>();
  const materials = m.materials ?? [];
  const titles = useQueries({ queries: materials.map(({ id }) => ({ queryKey: ['material', id], queryFn: () => content.read(id), enabled: id !== '', staleTime: 60_000, retry: false })) });
  return (
    <div className="fp-field" role="group" aria-label={t('journeys.field.materials')}>
      <span className="fp-label">{t('journeys.field.materials')}</span>
      <div className="fp-journey-line">
        {materials.map((x, i) => {
          const title = (titles[i]?.data as { title?: string } | undefined)?.title ?? x.id;
          // One that a ready journey leaves open.
          if (x.id === '')
            return (
              <Button key={i} size="small" type="dashed" danger disabled={disabled} icon={<PaperClipOutlined />} onClick={() => setPicking(i)}>
                {t('journeys.materialAdd')}
              </Button>
            );
          return (
            <Tag key={x.id} icon={<PaperClipOutlined />} closable={!disabled} closeIcon={disabled ? null : <CloseOutlined aria-label={t('journeys.materialRemove', { name: title })} />} onClose={() => set({ materials: materials.filter((_, n) => n !== i) })}>
              {title}
            </Tag>
          );
        })}
        {!disabled && materials.length < 9 && (
          <Button size="small" icon={<PaperClipOutlined />} onClick={() => setPicking(materials.length)}>
            {t('journeys.materialAdd')}
          </Button>
        )}
      </div>
      {picking !== undefined && (
        <Suspense fallback={null}>
          <MaterialPicker
            open
            onClose={() => setPicking(undefined)}
            onPick={(p) => {
              const next = [...materials];
              if (p.kind !== 'briefcase' && !materials.some((x) => x.id === p.id)) next[picking] = { id: p.id };
              set({ materials: next });
              setPicking(undefined);
            }}
          />
        </Suspense>
      )}
    </div>
  );
}
