import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Dropdown, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { tags as tagsApi, traits as traitsApi } from '../../api/endpoints';
import type { Question, Rule } from '../../api/surveys';
import { useNotifyProblem } from '../../ui/ProblemView';
import { isChoice } from './spec';

const verbs: readonly Rule['do'][] = ['add_tag', 'group_tag', 'remove_tag', 'set_trait', 'pain_point', 'remark'];

interface Props {
  q: Question;
  path: string;
  errorAt: (path: string) => string | undefined;
  onChange: (rules: Rule[]) => void;
}

/** What follows for the person who answers. */
export function RulesEditor({ q, path, errorAt, onChange }: Props) {
  const { t } = useTranslation();
  const rules = q.rules ?? [];
  const change = (i: number, r: Rule) => onChange(rules.map((x, n) => (n === i ? r : x)));
  const traits = useQuery({ queryKey: ['traits'], queryFn: traitsApi.list });
  return (
    <div className="fp-stack">
      {rules.length === 0 && <span className="fp-muted">{t('surveys.rulesNone')}</span>}
      {rules.map((r, i) => {
        const at = `${path}.rules[${i}]`;
        const wrong = ['options', 'max', 'tag_id', 'trait', 'value'].map((x) => errorAt(`${at}.${x}`)).find(Boolean);
        const n = i + 1;
        return (
          <div key={i} className="fp-survey-rule" role="group" aria-label={t('surveys.ruleN', { n })}>
            <span>{t('surveys.when')}</span>
            {isChoice(q) ? (
              <Select
                mode="multiple"
                value={r.options ?? []}
                aria-label={t('surveys.ruleOptions', { n })}
                placeholder={t('surveys.anyAnswer')}
                options={(q.options ?? []).map((o) => ({ value: o.id, label: o.text || o.id }))}
                onChange={(options) => change(i, { ...r, options })}
              />
            ) : q.type === 'scale' ? (
              <span className="range">
                <InputNumber min={0} max={10} value={r.min ?? null} placeholder={String(q.from ?? 0)} aria-label={t('surveys.ruleMin', { n })} onChange={(v) => change(i, { ...r, min: v ?? undefined })} />
                –
                <InputNumber min={0} max={10} value={r.max ?? null} placeholder={String(q.to ?? 10)} aria-label={t('surveys.ruleMax', { n })} onChange={(v) => change(i, { ...r, max: v ?? undefined })} />
              </span>
            ) : (
              <span className="fp-muted">{t('surveys.anyAnswer')}</span>
            )}
            <Select value={r.do} aria-label={t('surveys.ruleDo', { n })} options={verbs.map((v) => ({ value: v, label: t(`surveys.verbs.${v}`) }))} onChange={(v) => change(i, { options: r.options, min: r.min, max: r.max, do: v })} />
            {r.do.endsWith('_tag') && <TagPicker value={r.tag_id} label={t('surveys.ruleTag', { n })} onChange={(tag_id) => change(i, { ...r, tag_id })} grouped={r.do === 'group_tag'} />}
            {r.do === 'set_trait' && (
              <Select
                value={r.trait}
                aria-label={t('surveys.ruleTrait', { n })}
                placeholder={t('surveys.chooseTrait')}
                loading={traits.isPending}
                options={(traits.data?.items ?? []).map((x) => ({ value: x.key, label: x.label }))}
                onChange={(trait) => change(i, { ...r, trait })}
              />
            )}
            {(r.do === 'set_trait' || r.do === 'pain_point' || r.do === 'remark') && (
              <Input value={r.value ?? ''} maxLength={128} aria-label={t('surveys.ruleValue', { n })} placeholder={t('surveys.valueAnswer')} onChange={(e) => change(i, { ...r, value: e.target.value })} />
            )}
            <Button type="text" icon={<DeleteOutlined />} aria-label={t('surveys.ruleRemove', { n })} onClick={() => onChange(rules.filter((_, x) => x !== i))} />
            {wrong && (
              <div className="fp-no fp-small" role="alert">
                {wrong}
              </div>
            )}
          </div>
        );
      })}
      <Dropdown trigger={['click']} menu={{ items: verbs.map((v) => ({ key: v, label: t(`surveys.verbs.${v}`) })), onClick: ({ key }) => onChange([...rules, { do: key as Rule['do'] }]) }}>
        <Button size="small" icon={<PlusOutlined />} disabled={rules.length >= 20}>
          {t('surveys.addRule')}
        </Button>
      </Dropdown>
      <span className="fp-muted fp-small">{t('surveys.rulesHelp')}</span>
    </div>
  );
}

/** One of the brand's tags, or a new one by the name that was typed. */
function TagPicker({ value, label, grouped, onChange }: { value?: string; label: string; grouped: boolean; onChange: (id: string) => void }) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [text, setText] = useState('');
  const list = useQuery({ queryKey: ['tags'], queryFn: tagsApi.list });
  const all = (list.data?.items ?? []).filter((x) => !grouped || x.group);
  const make = useMutation({
    mutationFn: (name: string) => tagsApi.create({ name }),
    onError: notify,
    onSuccess: async (tag) => {
      await queryClient.invalidateQueries({ queryKey: ['tags'] });
      onChange(tag.id);
    },
  });
  const typed = text.trim();
  const unknown = typed !== '' && !grouped && !all.some((x) => x.name === typed);
  const options = [...all.map((x) => ({ value: x.id, label: x.group ? `${x.group} / ${x.name}` : x.name })), ...(unknown ? [{ value: '+', label: t('surveys.newTag', { name: typed }) }] : [])];
  return (
    <Select
      value={value}
      aria-label={label}
      placeholder={t('surveys.chooseTag')}
      loading={list.isPending || make.isPending}
      options={options}
      showSearch={{ searchValue: text, onSearch: setText, filterOption: (input, o) => o?.value === '+' || String(o?.label ?? '').toLowerCase().includes(input.trim().toLowerCase()) }}
      onChange={(id) => {
        setText('');
        if (id === '+') make.mutate(typed);
        else onChange(id);
      }}
    />
  );
}
