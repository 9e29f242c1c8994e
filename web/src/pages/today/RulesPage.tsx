import { ArrowDownOutlined, ArrowUpOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Card, Form, Input, InputNumber, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { rules as api, today, type TodayRule, type TodaySettings } from '../../api/today';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';
import { RuleDrawer } from './RuleDrawer';
import { inputOf, rulesKey, whenOf } from './ruleWords';
import './today.css';

/** By which rules people come on the list. */
export function TodayRulesPage() {
  const { t } = useTranslation();
  const may = useMay();
  const query = useQuery({ queryKey: rulesKey, queryFn: api.list });
  const [editing, setEditing] = useState<TodayRule | 'new'>();
  const edit = may('followup.settings');
  const list = query.data?.items ?? [];
  return (
    <div className="fp-page">
      <PageHeader
        title={t('todayRules.title')}
        note={t('todayRules.note')}
        extra={
          edit && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing('new')}>
              {t('todayRules.create')}
            </Button>
          )
        }
      />
      {query.isError && !query.data ? (
        <ProblemView error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <Loading />
      ) : (
        <div className="fp-stack">
          <ol className="fp-today-rules">
            {list.map((r, n) => (
              <RuleRow key={r.id} rule={r} list={list} at={n} edit={edit} onEdit={() => setEditing(r)} />
            ))}
          </ol>
          <Settings edit={edit} />
        </div>
      )}
      {editing && <RuleDrawer rule={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />}
    </div>
  );
}

function RuleRow({ rule: r, list, at, edit, onEdit }: { rule: TodayRule; list: TodayRule[]; at: number; edit: boolean; onEdit: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const fresh = () => queryClient.invalidateQueries({ queryKey: rulesKey });
  const change = useMutation({
    mutationFn: (enabled: boolean) => api.update(r.id, { ...inputOf(r), enabled, version: r.version }),
    onSuccess: (saved) => {
      void message.success(t(saved.enabled ? 'todayRules.turnedOn' : 'todayRules.turnedOff'));
      return fresh();
    },
    onError: notify,
  });
  const move = useMutation({
    mutationFn: (by: number) => {
      const ids = list.map((x) => x.id);
      ids.splice(at, 1);
      ids.splice(at + by, 0, r.id);
      return api.order(ids);
    },
    onSuccess: fresh,
    onError: notify,
  });
  return (
    <li className={`fp-today-rule${r.enabled ? '' : ' off'}`} data-rule={r.builtin || r.id}>
      <Switch size="small" checked={r.enabled} loading={change.isPending} disabled={!edit} aria-label={t('todayRules.switch', { name: r.title })} onChange={(on) => change.mutate(on)} />
      <div>
        <h2>
          {r.title} {!r.enabled && <span className="fp-muted fp-small">{t('todayRules.off')}</span>}
        </h2>
        <p className="fp-small">{whenOf(t, r)}</p>
        {(r.segment_name || r.text) && (
          <p className="fp-muted fp-small">
            {r.segment_name || null}
            {r.text && <code>{r.text}</code>}
          </p>
        )}
        {r.advice && <p className="fp-muted fp-small">{r.advice}</p>}
        {r.problem && <p className="fp-no fp-small">{t('todayRules.problem', { why: r.problem })}</p>}
      </div>
      {edit && (
        <div className="fp-today-tools">
          <Button size="small" type="text" icon={<ArrowUpOutlined />} disabled={at === 0 || move.isPending} aria-label={t('todayRules.up', { name: r.title })} onClick={() => move.mutate(-1)} />
          <Button size="small" type="text" icon={<ArrowDownOutlined />} disabled={at === list.length - 1 || move.isPending} aria-label={t('todayRules.down', { name: r.title })} onClick={() => move.mutate(1)} />
          <Button size="small" onClick={onEdit} aria-label={`${t('todayRules.edit')} ${r.title}`}>
            {t('todayRules.edit')}
          </Button>
        </div>
      )}
    </li>
  );
}

function Settings({ edit }: { edit: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<TodaySettings>();
  const query = useQuery({ queryKey: ['today-settings'], queryFn: today.settings });
  const save = useMutation({
    mutationFn: today.putSettings,
    onSuccess: (saved) => {
      queryClient.setQueryData(['today-settings'], saved);
      void message.success(t('todayRules.settingsSaved'));
    },
    onError: (e) => showFieldErrors(form, e),
  });
  if (!query.data) return null;
  return (
    <Card title={t('todayRules.settings')} className="fp-today-settings">
      <Form form={form} layout="vertical" requiredMark={false} disabled={!edit} initialValues={query.data} onFinish={(v) => save.mutate(v)}>
        {save.isError && <ProblemView error={save.error} />}
        <div className="fp-today-pair">
          <Form.Item name="build_at" label={t('todayRules.buildAt')} extra={t('todayRules.buildAtHelp', { zone: f.timeZone })} rules={[{ required: true, message: t('field.required') }]}>
            <Input type="time" />
          </Form.Item>
          <Form.Item name="cap" label={t('todayRules.cap')} rules={[{ required: true, message: t('field.required') }]}>
            <InputNumber min={1} max={500} precision={0} />
          </Form.Item>
          <Form.Item name="credit_days" label={t('todayRules.credit')} extra={t('todayRules.creditHelp')} rules={[{ required: true, message: t('field.required') }]}>
            <InputNumber min={1} max={60} precision={0} />
          </Form.Item>
        </div>
        {edit && (
          <Button htmlType="submit" type="primary" loading={save.isPending}>
            {t('common.save')}
          </Button>
        )}
      </Form>
    </Card>
  );
}
