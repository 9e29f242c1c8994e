import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, InputNumber, Segmented, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Condition, Logic, Question } from '../../api/surveys';
import { isChoice } from './spec';

interface Props {
  questions: readonly Question[]; // that conditions may look at
  path: string;
  logic?: Logic;
  errorAt: (path: string) => string | undefined;
  onChange: (logic: Logic | undefined) => void;
}

/** What a question's answer can be asked for. */
function opsOf(q: Question | undefined): Condition['op'][] {
  if (!q) return ['answered'];
  if (q.type === 'scale') return ['at_least', 'at_most', 'equals', 'answered'];
  if (q.type === 'single') return ['any_of', 'none_of', 'answered'];
  if (q.type === 'multiple') return ['any_of', 'none_of', 'equals', 'at_least', 'at_most', 'answered'];
  return ['answered'];
}

function fresh(q: Question): Condition {
  const op = opsOf(q)[0] ?? 'answered';
  return q.type === 'scale' ? { question: q.id, op, number: q.from ?? 0 } : { question: q.id, op, options: [] };
}

/** Conditions on earlier answers, all or any of them. */
export function LogicEditor({ questions, path, logic, errorAt, onChange }: Props) {
  const { t } = useTranslation();
  const conditions = logic?.conditions ?? [];
  const set = (next: Condition[]) => onChange(next.length > 0 ? { ...logic, conditions: next } : undefined);
  const change = (i: number, c: Condition) => set(conditions.map((x, n) => (n === i ? c : x)));
  return (
    <div className="fp-stack">
      {conditions.length > 1 && (
        <Segmented
          value={logic?.any ? 'any' : 'all'}
          aria-label={t('surveys.anyOrAll')}
          onChange={(v) => onChange({ any: v === 'any', conditions })}
          options={[
            { value: 'all', label: t('surveys.all') },
            { value: 'any', label: t('surveys.any') },
          ]}
        />
      )}
      {conditions.map((c, i) => {
        const q = questions.find((x) => x.id === c.question);
        const ofOptions = c.op === 'any_of' || c.op === 'none_of' || (c.op === 'equals' && q && isChoice(q));
        const at = `${path}.conditions[${i}]`;
        const wrong = errorAt(`${at}.question`) ?? errorAt(`${at}.op`) ?? errorAt(`${at}.options`);
        return (
          <div key={i} className="fp-survey-condition">
            <Select
              value={q?.id}
              aria-label={t('surveys.conditionQuestion', { n: i + 1 })}
              placeholder={t('surveys.chooseQuestion')}
              options={questions.map((x, n) => ({ value: x.id, label: `${n + 1}. ${x.title || x.id}` }))}
              onChange={(id) => {
                const next = questions.find((x) => x.id === id);
                if (next) change(i, fresh(next));
              }}
            />
            <Select value={c.op} aria-label={t('surveys.conditionOp', { n: i + 1 })} options={opsOf(q).map((op) => ({ value: op, label: t(`surveys.ops.${op}`) }))} onChange={(op) => change(i, { ...c, op })} />
            {ofOptions ? (
              <Select
                mode="multiple"
                value={c.options ?? []}
                aria-label={t('surveys.conditionOptions', { n: i + 1 })}
                placeholder={t('surveys.chooseOptions')}
                options={(q?.options ?? []).map((o) => ({ value: o.id, label: o.text || o.id }))}
                onChange={(options) => change(i, { ...c, options })}
              />
            ) : c.op === 'answered' ? (
              <span />
            ) : (
              <InputNumber min={0} max={40} value={c.number ?? 0} aria-label={t('surveys.conditionNumber', { n: i + 1 })} onChange={(v) => change(i, { ...c, number: v ?? 0 })} />
            )}
            <Button type="text" icon={<DeleteOutlined />} aria-label={t('surveys.conditionRemove', { n: i + 1 })} onClick={() => set(conditions.filter((_, n) => n !== i))} />
            {wrong && (
              <div className="fp-no fp-small" role="alert">
                {wrong}
              </div>
            )}
          </div>
        );
      })}
      {conditions.length === 0 && <span className="fp-muted">{t('surveys.always')}</span>}
      <Button
        size="small"
        icon={<PlusOutlined />}
        disabled={conditions.length >= 10}
        onClick={() => {
          const q = questions.at(-1);
          if (q) set([...conditions, fresh(q)]);
        }}
      >
        {t('surveys.addCondition')}
      </Button>
    </div>
  );
}
