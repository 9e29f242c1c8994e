import { CloseOutlined, CopyOutlined, DeleteOutlined, PaperClipOutlined } from '@ant-design/icons';
import { Button, Input, InputNumber, Segmented, Select, Space, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SOPChoices, SOPKind, SOPStep } from '../../api/sops';
import { Field } from '../../ui/Field';
import { MaterialPicker } from '../content/MaterialPicker';

interface Props {
  step: SOPStep;
  kind: SOPKind;
  choices?: SOPChoices;
  /** Whether some account's messages have a subject. */
  subject: boolean;
  errorAt: (field: string) => string | undefined;
  readOnly: boolean;
  onChange: (s: SOPStep) => void;
  onRemove: () => void;
  onCopy: () => void;
}

/** One step: when, what, and to do what. */
export function StepForm({ step: s, kind, choices, subject, errorAt, readOnly, onChange, onRemove, onCopy }: Props) {
  const { t } = useTranslation();
  const [picking, setPicking] = useState(false);
  const set = (more: Partial<SOPStep>) => onChange({ ...s, ...more });
  const variables = (choices?.variables ?? []).filter((v) => kind === 'person' || v.name === 'brand');
  return (
    <section className="fp-sop-step" aria-label={t('sop.stepTitle', { n: s.day + 1, at: s.at })}>
      <header>
        <h2>{t('sop.stepTitle', { n: s.day + 1, at: s.at })}</h2>
        {!readOnly && (
          <Space>
            <Button size="small" icon={<CopyOutlined />} onClick={onCopy}>
              {t('sop.copyStep')}
            </Button>
            <Button size="small" danger icon={<DeleteOutlined />} onClick={onRemove}>
              {t('sop.removeStep')}
            </Button>
          </Space>
        )}
      </header>
      <div className="fp-sop-when">
        <Field label={t('sop.dayLabel')} error={errorAt('day')}>
          {(id) => <InputNumber id={id} min={1} max={366} precision={0} value={s.day + 1} disabled={readOnly} onChange={(n) => set({ day: Math.max(0, (n ?? 1) - 1) })} />}
        </Field>
        <Field label={t('sop.at')} error={errorAt('at')}>
          {(id) => <Input id={id} type="time" value={s.at} disabled={readOnly} onChange={(e) => e.target.value && set({ at: e.target.value.slice(0, 5) })} />}
        </Field>
        {kind === 'person' && (
          <Field label={t('sop.kind')} error={errorAt('kind')}>
            {(id) => (
              <Segmented id={id} value={s.kind} disabled={readOnly} onChange={(k) => set({ kind: k as SOPStep['kind'] })} options={[{ value: 'message', label: t('sop.kinds.message') }, { value: 'task', label: t('sop.kinds.task') }]} />
            )}
          </Field>
        )}
      </div>
      {s.kind === 'task' ? (
        <Field label={t('sop.taskText')} help={t('sop.taskHelp')} error={errorAt('text')}>
          {(id) => <Input.TextArea id={id} value={s.text} disabled={readOnly} maxLength={500} showCount autoSize={{ minRows: 4, maxRows: 12 }} onChange={(e) => set({ text: e.target.value })} />}
        </Field>
      ) : (
        <>
          {subject && (
            <Field label={t('sop.subject')} help={t('sop.subjectHelp')} error={errorAt('subject')}>
              {(id) => <Input id={id} value={s.subject} disabled={readOnly} maxLength={200} onChange={(e) => set({ subject: e.target.value })} />}
            </Field>
          )}
          <Field label={t('sop.text')} error={errorAt('text')}>
            {(id) => <Input.TextArea id={id} value={s.text} disabled={readOnly} maxLength={2000} autoSize={{ minRows: 4, maxRows: 14 }} onChange={(e) => set({ text: e.target.value })} />}
          </Field>
          {!readOnly && (
            <div className="fp-sop-variables">
              <span className="fp-muted fp-small">{t('sop.insert')}</span>
              {variables.map((v) => (
                <Button key={v.name} size="small" title={v.text} onClick={() => set({ text: `${s.text}{{ ${v.name} }}` })}>
                  {v.text}
                </Button>
              ))}
            </div>
          )}
          <Field label={t('sop.materials')} help={t('sop.materialsHelp')} error={errorAt('materials')}>
            {() => (
              <div className="fp-sop-materials">
                {(s.materials ?? []).map((m) => (
                  <Tag
                    key={m.id}
                    icon={<PaperClipOutlined />}
                    closable={!readOnly}
                    closeIcon={readOnly ? null : <CloseOutlined aria-label={t('sop.removeMaterial', { name: m.title || m.id })} />}
                    onClose={() => set({ materials: (s.materials ?? []).filter((x) => x.id !== m.id) })}
                  >
                    {m.title || m.id}
                  </Tag>
                ))}
                {!readOnly && (s.materials?.length ?? 0) < 9 && (
                  <Button size="small" icon={<PaperClipOutlined />} onClick={() => setPicking(true)}>
                    {t('sop.addMaterial')}
                  </Button>
                )}
              </div>
            )}
          </Field>
          <div className="fp-sop-when">
            <Field label={t('sop.purpose')} help={t(`sop.purposeHelp.${s.purpose === 'marketing' ? 'marketing' : 'service'}`)} error={errorAt('purpose')}>
              {(id) => (
                <Select id={id} value={s.purpose || 'service'} disabled={readOnly} style={{ minWidth: 160 }} onChange={(p) => set({ purpose: p })} options={[{ value: 'service', label: t('reach.purposes.service') }, { value: 'marketing', label: t('reach.purposes.marketing') }]} />
              )}
            </Field>
            <Field label={t('sop.until')} error={errorAt('until_hours')}>
              {(id) => (
                <Select id={id} value={s.until_hours ?? 0} disabled={readOnly} style={{ minWidth: 160 }} onChange={(n) => set({ until_hours: n })} options={[0, 1, 2, 4, 12, 24, 48].map((n) => ({ value: n, label: n === 0 ? t('sop.untilDay') : t('sop.untilHours', { hours: n }) }))} />
              )}
            </Field>
          </div>
          {picking && (
            <MaterialPicker
              open
              onClose={() => setPicking(false)}
              onPick={(m) => {
                setPicking(false);
                if (m.kind !== 'briefcase' && !(s.materials ?? []).some((x) => x.id === m.id)) set({ materials: [...(s.materials ?? []), { id: m.id, title: m.title }] });
              }}
            />
          )}
        </>
      )}
    </section>
  );
}
