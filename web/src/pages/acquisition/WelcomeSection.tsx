import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Checkbox, Dropdown, Input, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Welcome, WelcomePart } from '../../api/acquisition';
import { useFormat } from '../../app/useFormat';
import { Field } from '../../ui/Field';
import { PhonePreview } from './PhonePreview';
import { VariableText } from './VariableText';
import { weekdayName } from './WeekGrid';
import { neverSaid } from './welcomeText';

interface Props {
  welcome: Welcome[];
  onChange: (welcome: Welcome[]) => void;
  errorAt: (path: string) => string | undefined;
  /** A member's name for the preview. */
  staffName: string;
}

const variables = ['name', 'staff', 'org'];
const kinds = ['image', 'link', 'mini_program'] as const;

const swap = <T,>(list: readonly T[], a: number, b: number): T[] => {
  const out = [...list];
  [out[a], out[b]] = [out[b]!, out[a]!];
  return out;
};

/** What a new friend is told, by the time of day, and how it looks on their phone. */
export function WelcomeSection({ welcome, onChange, errorAt, staffName }: Props) {
  const { t } = useTranslation();
  const [at, setAt] = useState(0);
  const shown = welcome[Math.min(at, welcome.length - 1)];
  const never = neverSaid(welcome);
  const set = (i: number, patch: Partial<Welcome>) => onChange(welcome.map((w, n) => (n === i ? { ...w, ...patch } : w)));
  if (welcome.length === 0)
    return (
      <div className="fp-stack">
        <span className="fp-muted">{t('welcome.none')}</span>
        <div>
          <Button icon={<PlusOutlined />} onClick={() => onChange([{ parts: [{ kind: 'text', text: '' }] }])}>
            {t('welcome.add')}
          </Button>
        </div>
      </div>
    );
  return (
    <div className="fp-welcome">
      <div className="fp-stack">
        {welcome.map((w, i) => (
          <section key={i} className="fp-slot" aria-label={t('welcome.slot', { number: i + 1 })} onFocus={() => setAt(i)}>
            <div className="fp-card-line">
              <b>{welcome.length > 1 ? t('welcome.slot', { number: i + 1 }) : t('welcome.only')}</b>
              <span>
                <Button size="small" type="text" icon={<ArrowUpOutlined />} disabled={i === 0} aria-label={t('welcome.up', { number: i + 1 })} onClick={() => onChange(swap(welcome, i, i - 1))} />
                <Button size="small" type="text" icon={<ArrowDownOutlined />} disabled={i === welcome.length - 1} aria-label={t('welcome.down', { number: i + 1 })} onClick={() => onChange(swap(welcome, i, i + 1))} />
                <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('welcome.remove', { number: i + 1 })} onClick={() => onChange(welcome.filter((_, n) => n !== i))} />
              </span>
            </div>
            <Times slot={w} onChange={(patch) => set(i, patch)} error={errorAt(`welcome[${i}].from`) ?? errorAt(`welcome[${i}].to`) ?? errorAt(`welcome[${i}].days`)} />
            {never[i] && <span className="fp-warn fp-small">{t('welcome.never')}</span>}
            {w.parts.map((p, n) => (
              <Part
                key={n}
                part={p}
                onChange={(patch) => set(i, { parts: w.parts.map((x, k) => (k === n ? { ...x, ...patch } : x)) })}
                onRemove={w.parts.length > 1 ? () => set(i, { parts: w.parts.filter((_, k) => k !== n) }) : undefined}
                errorAt={(field) => errorAt(`welcome[${i}].parts[${n}]${field && `.${field}`}`)}
              />
            ))}
            {errorAt(`welcome[${i}].parts`) && <span className="fp-no fp-small">{errorAt(`welcome[${i}].parts`)}</span>}
            <div>
              <Dropdown
                trigger={['click']}
                menu={{
                  items: [
                    ...(w.parts.some((p) => p.kind === 'text') ? [] : [{ key: 'text', label: t('welcome.kind.text') }]),
                    ...kinds.map((k) => ({ key: k, label: t(`welcome.kind.${k}`) })),
                  ],
                  onClick: ({ key }) => {
                    const part = { kind: key as WelcomePart['kind'] };
                    set(i, { parts: key === 'text' ? [part, ...w.parts] : [...w.parts, part] });
                  },
                }}
              >
                <Button size="small" icon={<PlusOutlined />} disabled={w.parts.length >= 10}>
                  {t('welcome.addPart')}
                </Button>
              </Dropdown>
            </div>
          </section>
        ))}
        <div>
          <Button
            icon={<PlusOutlined />}
            disabled={welcome.length >= 10}
            onClick={() => {
              // A new time goes before the one for any time, which would never let it speak.
              onChange([{ from: '22:00', to: '09:00', parts: [{ kind: 'text', text: '' }] }, ...welcome]);
              setAt(0);
            }}
          >
            {t('welcome.addSlot')}
          </Button>
          {welcome.length > 1 && <div className="fp-muted fp-small">{t('welcome.order')}</div>}
        </div>
      </div>
      {shown && <PhonePreview parts={shown.parts} staffName={staffName} />}
    </div>
  );
}

function Times({ slot: w, onChange, error }: { slot: Welcome; onChange: (patch: Partial<Welcome>) => void; error?: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const timed = Boolean(w.from || w.to || w.days?.length);
  return (
    <div className="fp-times">
      <Radio.Group
        value={timed}
        onChange={(e) => onChange(e.target.value ? { from: '09:00', to: '18:00', days: [] } : { from: '', to: '', days: [] })}
        options={[
          { value: false, label: t('welcome.anyTime') },
          { value: true, label: t('welcome.sometimes') },
        ]}
      />
      {timed && (
        <span className="fp-time-row">
          <Input type="time" value={w.from} aria-label={t('welcome.from')} status={error ? 'error' : undefined} onChange={(e) => onChange({ from: e.target.value })} />
          <span>–</span>
          <Input type="time" value={w.to === '24:00' ? '00:00' : w.to} aria-label={t('welcome.to')} status={error ? 'error' : undefined} onChange={(e) => onChange({ to: e.target.value === '00:00' ? '24:00' : e.target.value })} />
          <Checkbox.Group
            value={w.days?.length ? w.days : [1, 2, 3, 4, 5, 6, 7]}
            onChange={(days) => onChange({ days: days.length === 7 || days.length === 0 ? [] : [...days].sort((a, b) => a - b) })}
            options={[1, 2, 3, 4, 5, 6, 7].map((d) => ({ value: d, label: weekdayName(d - 1, f.language) }))}
          />
        </span>
      )}
      {error && <div className="fp-no fp-small">{error}</div>}
    </div>
  );
}

interface PartProps {
  part: WelcomePart;
  onChange: (patch: Partial<WelcomePart>) => void;
  onRemove?: () => void;
  errorAt: (field: string) => string | undefined;
}

function Part({ part: p, onChange, onRemove, errorAt }: PartProps) {
  const { t } = useTranslation();
  const text = (field: 'title' | 'url' | 'pic_url' | 'app_id' | 'page', max: number, placeholder?: string) => (
    <Field label={t(`welcome.${field}`)} error={errorAt(field)}>
      {(id) => <Input id={id} value={p[field] ?? ''} maxLength={max} placeholder={placeholder} status={errorAt(field) ? 'error' : undefined} onChange={(e) => onChange({ [field]: e.target.value })} />}
    </Field>
  );
  return (
    <div className="fp-part">
      <div className="fp-card-line">
        <span className="fp-label">{t(`welcome.kind.${p.kind}`)}</span>
        {onRemove && <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('welcome.removePart', { kind: t(`welcome.kind.${p.kind}`) })} onClick={onRemove} />}
      </div>
      {errorAt('') && <span className="fp-no fp-small">{errorAt('')}</span>}
      {p.kind === 'text' && (
        <>
          <VariableText value={p.text ?? ''} onChange={(v) => onChange({ text: v })} variables={variables} label={t('welcome.text')} maxLength={2000} rows={3} placeholder={t('welcome.textExample', { name: '{{name}}', staff: '{{staff}}' })} error={Boolean(errorAt('text'))} />
          {errorAt('text') && <span className="fp-no fp-small">{errorAt('text')}</span>}
        </>
      )}
      {p.kind === 'image' && text('pic_url', 2048, 'https://')}
      {p.kind === 'link' && (
        <>
          {text('title', 60)}
          {text('url', 2048, 'https://')}
          <Field label={t('welcome.desc')} error={errorAt('text')}>
            {(id) => <Input id={id} value={p.text ?? ''} maxLength={200} onChange={(e) => onChange({ text: e.target.value })} />}
          </Field>
          {text('pic_url', 2048, 'https://')}
        </>
      )}
      {p.kind === 'mini_program' && (
        <>
          {text('title', 60)}
          {text('app_id', 64, 'wx…')}
          {text('page', 1024, 'pages/index/index')}
          {text('pic_url', 2048, 'https://')}
        </>
      )}
    </div>
  );
}
