import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Card, Checkbox, Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Question, Spec } from '../../api/surveys';
import { Field } from '../../ui/Field';
import { LogicEditor } from './LogicEditor';
import { RulesEditor } from './RulesEditor';
import { earlier, isChoice, moved, newOption, questionTypes, shaped } from './spec';

interface Props {
  spec: Spec;
  index: number;
  errorAt: (path: string) => string | undefined;
  onChange: (q: Question) => void;
}

/** One question: what it says, when it is shown, and what follows from its answer. */
export function QuestionEditor({ spec, index, errorAt, onChange }: Props) {
  const { t } = useTranslation();
  const q = spec.questions[index] as Question;
  const path = `questions[${index}]`;
  const set = (patch: Partial<Question>) => onChange({ ...q, ...patch });
  const before = earlier(spec, index);
  const pipes = before.filter((x) => x.type !== 'phone');
  return (
    <>
      <Card className="fp-section" title={<h2>{t('surveys.questionN', { n: index + 1 })}</h2>}>
        <div className="fp-stack">
          <Field label={t('surveys.questionTitle')} error={errorAt(`${path}.title`)}>
            {(id) => <Input id={id} value={q.title} maxLength={300} status={errorAt(`${path}.title`) ? 'error' : undefined} onChange={(e) => set({ title: e.target.value })} />}
          </Field>
          {pipes.length > 0 && (
            <div className="fp-survey-pipes">
              <span className="fp-muted fp-small">{t('surveys.pipe')}</span>
              {pipes.slice(-6).map((x) => (
                <Button key={x.id} size="small" onClick={() => set({ title: `${q.title}{{${x.id}}}` })}>
                  + {x.title.slice(0, 12) || x.id}
                </Button>
              ))}
            </div>
          )}
          <div className="fp-two">
            <Field label={t('surveys.type')}>
              {(id) => (
                <Select
                  id={id}
                  className="fp-full"
                  value={q.type}
                  onChange={(type) => onChange(shaped(q, type, t('surveys.consentStart')))}
                  options={questionTypes.map((x) => ({ value: x, label: t(`surveys.types.${x}`) }))}
                />
              )}
            </Field>
            <Field label={t('surveys.help')} error={errorAt(`${path}.help`)}>
              {(id) => <Input id={id} value={q.help ?? ''} maxLength={500} onChange={(e) => set({ help: e.target.value })} />}
            </Field>
          </div>
          <div className="fp-survey-ticks">
            <Checkbox checked={q.required ?? false} onChange={(e) => set({ required: e.target.checked })}>
              {t('surveys.required')}
            </Checkbox>
            {index > 0 && (
              <Checkbox checked={q.same_page ?? false} onChange={(e) => set({ same_page: e.target.checked })}>
                {t('surveys.samePage')}
              </Checkbox>
            )}
            {q.type === 'text' && (
              <Checkbox checked={q.long ?? false} onChange={(e) => set({ long: e.target.checked })}>
                {t('surveys.long')}
              </Checkbox>
            )}
          </div>
          {isChoice(q) && <Options q={q} path={path} errorAt={errorAt} set={set} />}
          {q.type === 'multiple' && (
            <div className="fp-two">
              <Field label={t('surveys.min')} error={errorAt(`${path}.min`)}>
                {(id) => <InputNumber id={id} className="fp-full" min={0} max={40} value={q.min ?? 0} onChange={(v) => set({ min: v ?? 0 })} />}
              </Field>
              <Field label={t('surveys.max')} help={t('surveys.maxHelp')} error={errorAt(`${path}.max`)}>
                {(id) => <InputNumber id={id} className="fp-full" min={0} max={40} value={q.max ?? 0} onChange={(v) => set({ max: v ?? 0 })} />}
              </Field>
            </div>
          )}
          {q.type === 'scale' && (
            <div className="fp-three">
              <Field label={t('surveys.range')} error={errorAt(`${path}.to`)}>
                {(id) => (
                  <Select
                    id={id}
                    className="fp-full"
                    value={`${q.from ?? 0}-${q.to ?? 10}`}
                    onChange={(v) => {
                      const [from, to] = v.split('-').map(Number);
                      set({ from: from ?? 0, to: to ?? 10 });
                    }}
                    options={['0-10', '1-5', '1-7', '1-10'].map((v) => ({ value: v, label: v === '0-10' ? t('surveys.nps') : v.replace('-', '–') }))}
                  />
                )}
              </Field>
              <Field label={t('surveys.low')}>{(id) => <Input id={id} value={q.low_label ?? ''} maxLength={40} onChange={(e) => set({ low_label: e.target.value })} />}</Field>
              <Field label={t('surveys.high')}>{(id) => <Input id={id} value={q.high_label ?? ''} maxLength={40} onChange={(e) => set({ high_label: e.target.value })} />}</Field>
            </div>
          )}
          {q.type === 'phone' && (
            <Field label={t('surveys.consent')} help={t('surveys.consentHelp')} error={errorAt(`${path}.consent`)}>
              {(id) => <Input.TextArea id={id} value={q.consent ?? ''} autoSize={{ minRows: 2, maxRows: 6 }} maxLength={500} onChange={(e) => set({ consent: e.target.value })} />}
            </Field>
          )}
        </div>
      </Card>
      <Card className="fp-section" title={<h2>{t('surveys.logic')}</h2>}>
        {before.length === 0 ? <p className="fp-muted">{t('surveys.logicNone')}</p> : <LogicEditor questions={before} path={`${path}.show_if`} logic={q.show_if} errorAt={errorAt} onChange={(show_if) => set({ show_if })} />}
      </Card>
      <Card className="fp-section" title={<h2>{t('surveys.rules')}</h2>}>
        <RulesEditor q={q} path={path} errorAt={errorAt} onChange={(rules) => set({ rules })} />
      </Card>
    </>
  );
}

function Options({ q, path, errorAt, set }: { q: Question; path: string; errorAt: Props['errorAt']; set: (patch: Partial<Question>) => void }) {
  const { t } = useTranslation();
  const options = q.options ?? [];
  const all = errorAt(`${path}.options`);
  return (
    <div role="group" aria-label={t('surveys.options')}>
      <span className="fp-label">{t('surveys.options')}</span>
      <ul className="fp-survey-options">
        {options.map((o, i) => {
          const wrong = errorAt(`${path}.options[${i}].text`);
          return (
            <li key={o.id}>
              <Input
                value={o.text}
                maxLength={100}
                aria-label={t('surveys.optionN', { n: i + 1 })}
                status={wrong ? 'error' : undefined}
                onChange={(e) => set({ options: options.map((x) => (x.id === o.id ? { ...x, text: e.target.value } : x)) })}
                onKeyDown={(e) => {
                  if (!e.altKey || (e.key !== 'ArrowUp' && e.key !== 'ArrowDown')) return;
                  e.preventDefault();
                  set({ options: moved(options, i, e.key === 'ArrowUp' ? -1 : 1) });
                }}
              />
              <Button type="text" icon={<ArrowUpOutlined />} disabled={i === 0} aria-label={t('surveys.optionUp', { n: i + 1 })} onClick={() => set({ options: moved(options, i, -1) })} />
              <Button type="text" icon={<ArrowDownOutlined />} disabled={i === options.length - 1} aria-label={t('surveys.optionDown', { n: i + 1 })} onClick={() => set({ options: moved(options, i, 1) })} />
              <Button type="text" icon={<DeleteOutlined />} disabled={options.length <= 2} aria-label={t('surveys.optionRemove', { n: i + 1 })} onClick={() => set({ options: options.filter((x) => x.id !== o.id) })} />
              {wrong && (
                <div className="fp-no fp-small" role="alert">
                  {wrong}
                </div>
              )}
            </li>
          );
        })}
      </ul>
      {all && (
        <div className="fp-no fp-small" role="alert">
          {all}
        </div>
      )}
      <Button size="small" icon={<PlusOutlined />} disabled={options.length >= 40} onClick={() => set({ options: [...options, newOption(options)] })}>
        {t('surveys.addOption')}
      </Button>
    </div>
  );
}
