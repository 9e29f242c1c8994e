import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Drawer, Form, Input, InputNumber, Radio, Select, Switch } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { segments } from '../../api/endpoints';
import { quickReplies } from '../../api/inbox';
import { rules as api, type TodayRule, type TodayRuleInput } from '../../api/today';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { ProblemView, showFieldErrors } from '../../ui/ProblemView';
import { inputOf, rulesKey } from './ruleWords';

type Fields = TodayRuleInput & { who: 'segment' | 'text' | 'all' };

const anchors = ['first_order', 'last_order', 'created', 'birthday', 'stage_change', 'last_event', 'first_event', 'entered', 'date', 'anniversary', 'waiting', 'always'] as const;
const events = ['friend.added', 'message.received', 'message.sent', 'message.opened', 'page.viewed', 'order.paid', 'order.refunded', 'channel.arrived', 'note.added'];

const fresh: Fields = {
  who: 'text',
  name: '',
  text: '',
  anchor: 'last_order',
  offset_days: 7,
  window_days: 2,
  carry_days: 3,
  rest_days: 7,
  decline_days: 30,
  weight: 50,
  suggestion: '',
  fallback: 'none',
  enabled: true,
};

/** What the fields say, as the server takes it. */
function inputFrom(v: Fields): TodayRuleInput {
  const { who, ...rest } = v;
  const named = ['first_event', 'last_event', 'date', 'anniversary', 'stage_change'].includes(v.anchor);
  return {
    ...rest,
    name: v.name?.trim(),
    segment_id: who === 'segment' ? v.segment_id : undefined,
    text: who === 'text' ? v.text?.trim() || undefined : undefined,
    anchor_name: named ? v.anchor_name || undefined : undefined,
  };
}

/** Makes or changes a rule; beside it stands whom it would list today. */
export function RuleDrawer({ rule, onClose }: { rule?: TodayRule; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const initial = useMemo<Fields>(() => (rule ? { ...fresh, ...inputOf(rule), who: rule.segment_id ? 'segment' : rule.text ? 'text' : 'all' } : fresh), [rule]);
  const values = Form.useWatch([], form) as Fields | undefined;
  const again = () => queryClient.invalidateQueries({ queryKey: rulesKey });
  const save = useMutation({
    mutationFn: (v: Fields) => (rule ? api.update(rule.id, { ...inputFrom(v), version: rule.version }) : api.create(inputFrom(v))),
    onSuccess: () => {
      void message.success(t('todayRules.saved'));
      onClose();
      return again();
    },
    onError: (e) => showFieldErrors(form, e),
  });
  const remove = useMutation({
    mutationFn: () => api.remove(rule!.id),
    onSuccess: () => {
      void message.success(t('todayRules.deleted', { name: rule!.title }));
      onClose();
      return again();
    },
  });
  const promise = rule?.builtin === 'promised';
  const needed = [{ required: true, message: t('field.required') }];
  return (
    <Drawer
      open
      size={980}
      title={rule ? rule.title : t('todayRules.create')}
      onClose={onClose}
      footer={
        <div className="fp-toolbar fp-tight">
          {rule && !rule.builtin && (
            <Button danger loading={remove.isPending} onClick={() => remove.mutate()}>
              {t('todayRules.remove')}
            </Button>
          )}
          <span className="fp-end">
            <Button onClick={onClose}>{t('common.cancel')}</Button>
            <Button type="primary" loading={save.isPending} onClick={form.submit}>
              {t('common.save')}
            </Button>
          </span>
        </div>
      }
    >
      <div className="fp-today-drawer">
        <Form form={form} layout="vertical" requiredMark={false} initialValues={initial} onFinish={() => save.mutate(form.getFieldsValue(true) as Fields)}>
          {save.isError && <ProblemView error={save.error} />}
          {remove.isError && <ProblemView error={remove.error} />}
          <Form.Item name="name" label={t('todayRules.name')} rules={rule?.builtin ? [] : [{ required: true, whitespace: true, message: t('field.required') }]}>
            <Input maxLength={60} placeholder={rule?.builtin ? rule.title : undefined} autoFocus={!rule} />
          </Form.Item>
          {!promise && <Who form={values} />}
          {!promise && <When form={values} />}
          <div className="fp-today-pair">
            {!promise && (
              <>
                <Days name="rest_days" label={t('todayRules.rest')} max={3650} />
                <Days name="decline_days" label={t('todayRules.decline')} max={3650} />
              </>
            )}
            <Form.Item name="weight" label={t('todayRules.weight')} extra={t('todayRules.weightHelp')} rules={needed}>
              <InputNumber min={1} max={100} precision={0} />
            </Form.Item>
            <Form.Item name="fallback" label={t('todayRules.fallback')}>
              <Select options={(['none', 'round_robin'] as const).map((v) => ({ value: v, label: t(`todayRules.fallbacks.${v}`) }))} />
            </Form.Item>
          </div>
          <Form.Item name="suggestion" label={t('todayRules.suggestion')}>
            <Input.TextArea rows={2} maxLength={500} placeholder={rule?.builtin ? rule.advice : undefined} />
          </Form.Item>
          {!promise && <QuickReplyOf />}
          <Form.Item name="enabled" label={t('todayRules.enabled')} valuePropName="checked">
            <Switch />
          </Form.Item>
        </Form>
        {values && <Previewed rule={rule} values={{ ...initial, ...values }} />}
      </div>
    </Drawer>
  );
}

/** A text that is at hand for whoever opens the conversation from the list. */
function QuickReplyOf() {
  const { t } = useTranslation();
  const may = useMay();
  const read = may('inbox.read');
  const all = useQuery({ queryKey: ['inbox', 'quick', 'all'], queryFn: quickReplies.all, staleTime: 60_000, enabled: read });
  const options = (all.data?.items ?? []).filter((q) => q.scope !== 'personal').map((q) => ({ value: q.id, label: q.folder ? `${q.folder} / ${q.title}` : q.title }));
  return (
    <Form.Item name="quick_reply_id" label={t('todayRules.quick')} extra={t('todayRules.quickHelp')} getValueFromEvent={(v?: string) => v ?? ''} getValueProps={(v?: string) => ({ value: v || undefined })}>
      <Select allowClear disabled={!read} loading={read && all.isPending} showSearch={{ optionFilterProp: 'label' }} placeholder={t('todayRules.quickNone')} options={options} />
    </Form.Item>
  );
}

function Who({ form }: { form?: Fields }) {
  const { t } = useTranslation();
  const list = useQuery({ queryKey: ['segments', 'for-rules'], queryFn: () => segments.list({ limit: 100 }), staleTime: 60_000 });
  return (
    <>
      <Form.Item name="who" label={t('todayRules.who')}>
        <Radio.Group
          options={[
            { value: 'segment', label: t('todayRules.whoSegment') },
            { value: 'text', label: t('todayRules.whoText') },
            { value: 'all', label: t('todayRules.whoAll') },
          ]}
        />
      </Form.Item>
      {form?.who === 'segment' && (
        <Form.Item name="segment_id" label={t('todayRules.segment')} rules={[{ required: true, message: t('field.required') }]}>
          <Select showSearch={{ optionFilterProp: 'label' }} loading={list.isPending} options={(list.data?.items ?? []).map((s) => ({ value: s.id, label: s.name }))} />
        </Form.Item>
      )}
      {form?.who === 'text' && (
        <Form.Item name="text" label={t('todayRules.text')} extra={t('todayRules.textHelp')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
          <Input.TextArea autoSize={{ minRows: 1, maxRows: 6 }} maxLength={8192} spellCheck={false} className="fp-today-code" />
        </Form.Item>
      )}
    </>
  );
}

function When({ form }: { form?: Fields }) {
  const { t } = useTranslation();
  const anchor = form?.anchor;
  const dated = anchor === 'date' || anchor === 'anniversary';
  const traits = useQuery({ queryKey: ['today-traits'], queryFn: api.traits, enabled: dated });
  return (
    <>
      <Form.Item name="anchor" label={t('todayRules.anchor')}>
        <Select listHeight={420} options={anchors.map((a) => ({ value: a, label: t(`todayRules.anchors.${a}`) }))} />
      </Form.Item>
      {(anchor === 'first_event' || anchor === 'last_event') && (
        <Form.Item name="anchor_name" label={t('todayRules.event')} rules={[{ required: true, message: t('field.required') }]}>
          <Select showSearch options={events.map((e) => ({ value: e, label: t(`eventKind.${e.replace('.', '_')}`, { defaultValue: e }) }))} />
        </Form.Item>
      )}
      {dated && (
        <Form.Item name="anchor_name" label={t('todayRules.trait')} rules={[{ required: true, message: t('field.required') }]}>
          <Select options={(traits.data?.items ?? []).map((x) => ({ value: x.key, label: x.label }))} />
        </Form.Item>
      )}
      {anchor === 'stage_change' && (
        <Form.Item name="anchor_name" label={t('todayRules.stage')}>
          <Select options={['', 'silent', 'lost'].map((s) => ({ value: s, label: t(`todayRules.stages.${s}`) }))} />
        </Form.Item>
      )}
      {anchor !== 'always' && (
        <div className="fp-today-pair">
          <Days name="offset_days" label={t('todayRules.offset')} help={t('todayRules.offsetHelp')} min={-365} max={3650} />
          <Days name="window_days" label={t('todayRules.window')} help={t('todayRules.windowHelp')} max={365} />
          <Days name="carry_days" label={t('todayRules.carry')} help={t('todayRules.carryHelp')} max={365} />
        </div>
      )}
    </>
  );
}

function Days({ name, label, help, min = 0, max }: { name: keyof Fields; label: string; help?: string; min?: number; max: number }) {
  const { t } = useTranslation();
  return (
    <Form.Item name={name} label={label} extra={help} rules={[{ required: true, message: t('field.required') }]}>
      <InputNumber min={min} max={max} precision={0} suffix={t('todayRules.days')} />
    </Form.Item>
  );
}

/** Whom the rule would list today, as it stands in the fields. */
function Previewed({ rule, values }: { rule?: TodayRule; values: Fields }) {
  const { t } = useTranslation();
  const f = useFormat();
  const asked = JSON.stringify(inputFrom(values));
  const [settled, setSettled] = useState(asked);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(asked), 400);
    return () => clearTimeout(timer);
  }, [asked]);
  const input = JSON.parse(settled) as TodayRuleInput;
  const named = !['first_event', 'last_event', 'date', 'anniversary'].includes(input.anchor) || Boolean(input.anchor_name);
  const whole = named && (values.who === 'all' || Boolean(input.segment_id) || Boolean(input.text)) && [input.offset_days, input.window_days, input.carry_days, input.weight].every((n) => typeof n === 'number');
  const query = useQuery({ queryKey: ['today-preview', rule?.id ?? '', settled], queryFn: () => api.preview({ ...input, rule_id: rule?.id }), enabled: whole, retry: false, placeholderData: (before) => before });
  return (
    <section className="fp-today-preview" aria-live="polite" aria-label={t('todayRules.preview')}>
      <h3>{t('todayRules.preview')}</h3>
      {!whole ? (
        <p className="fp-muted">{t('todayRules.previewWaiting')}</p>
      ) : query.isError ? (
        <ProblemView error={query.error} />
      ) : !query.data ? (
        <p className="fp-muted">{t('common.loading')}</p>
      ) : query.data.people === 0 ? (
        <p className="fp-muted">{t('todayRules.previewNobody')}</p>
      ) : (
        <>
          <p>
            <b className="fp-num">{t('todayRules.previewCount', { count: query.data.people })}</b>{' '}
            <span className="fp-muted fp-small">
              {t('todayRules.previewStaff', { names: (query.data.staff ?? []).map((s) => `${s.staff_name || t('today.nobody')} ${f.number(s.people)}`).join(t('common.listSeparator')) })}
            </span>
          </p>
          <ul>
            {(query.data.sample ?? []).map((s) => (
              <li key={s.person_id}>
                <b>{s.name || t('today.noName')}</b> <span className="fp-muted fp-small">{s.staff_name || t('today.nobody')}</span>
                <div className="fp-small">{s.reason}</div>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
