import { DeleteOutlined, EditOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Card, Checkbox, Form, Input, InputNumber, Modal, Select, Switch } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { rules as api, type Rule, type RuleKind } from '../../../api/inbox';
import { useMay } from '../../../app/me';
import { DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { Loading } from '../../../ui/Loading';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../../ui/ProblemView';
import { useUndo } from '../../../ui/useUndo';
import { wordsOf } from '../state/outbox';
import { useAccountNames } from './useAccountNames';

const kinds: readonly RuleKind[] = ['contains', 'exact', 'regex', 'first_message', 'outside_hours', 'no_answer'];
const aboutWords = (k?: RuleKind) => k === 'exact' || k === 'contains' || k === 'regex';
const key = ['inbox', 'rules'];

/** What is answered by itself, and what it would answer. */
export function RulesTab() {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const queryClient = useQueryClient();
  const accounts = useAccountNames();
  const write = useMay()('inbox.settings');
  const rules = useQuery({ queryKey: key, queryFn: api.list });
  const [editing, setEditing] = useState<Partial<Rule>>();
  const refresh = () => queryClient.invalidateQueries({ queryKey: key });
  const toggle = useMutation({ mutationFn: api.save, onError: notify, onSettled: refresh });
  const remove = useMutation({
    mutationFn: (r: Rule) => api.remove(r.id),
    onError: notify,
    onSuccess: (_a, r) => {
      undo(`rule ${r.id}`, t('inbox.settings.ruleRemoved', { name: r.name }), () => api.save({ ...r, id: '' }).then(refresh));
      return refresh();
    },
  });
  const add = write && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing({ kind: 'contains', enabled: true })}>
      {t('inbox.settings.addRule')}
    </Button>
  );
  if (rules.isError) return <ProblemView error={rules.error} onRetry={() => void rules.refetch()} />;
  if (rules.isPending) return <Loading rows={5} />;
  return (
    <div className="fp-stack">
      <div className="fp-toolbar">
        <span className="fp-muted">{t('inbox.settings.rulesHelp')}</span>
        <span className="fp-end">{add}</span>
      </div>
      {write && <TryBox />}
      <div className="fp-table-wrap">
        <DataTable<Rule>
          label={t('inbox.settings.rules')}
          minWidth={760}
          rowKey="id"
          dataSource={rules.data.items}
          locale={{ emptyText: <EmptyState title={t('inbox.settings.noRules')} text={t('inbox.settings.noRulesText')} action={add} /> }}
          columns={[
            { title: t('inbox.settings.position'), dataIndex: 'position', width: 70, align: 'right' },
            { title: t('inbox.settings.ruleName'), dataIndex: 'name', render: (name: string) => <bdi className="fp-break">{name}</bdi> },
            {
              title: t('inbox.settings.when'),
              render: (_v, r) => (
                <span className="fp-break">
                  {t(`inbox.settings.kind.${r.kind}`)}
                  {r.kind === 'no_answer' && ` ${t('inbox.settings.afterMinutes', { count: r.minutes ?? 0 })}`}
                  {r.words?.length ? <span className="fp-muted">：{r.words.join(t('common.listSeparator'))}</span> : null}
                </span>
              ),
            },
            {
              title: t('inbox.settings.answer'),
              render: (_v, r) => (
                <span className="fp-break">
                  <bdi>{wordsOf(r.parts ?? [])}</bdi>
                  {r.handover && <span className="fp-muted"> {t('inbox.settings.handover')}</span>}
                </span>
              ),
            },
            { title: t('inbox.filterAccount'), render: (_v, r) => (r.account_id ? accounts.nameOf(r.account_id) : t('inbox.anyAccount')) },
            {
              title: t('common.actions'),
              width: 130,
              render: (_v, r) =>
                write && (
                  <span className="fp-page-extra">
                    <Switch size="small" checked={r.enabled} aria-label={t('inbox.settings.ruleOn', { name: r.name })} onChange={(enabled) => toggle.mutate({ ...r, enabled })} />
                    <Button size="small" type="text" icon={<EditOutlined />} aria-label={t('inbox.settings.editOf', { name: r.name })} onClick={() => setEditing(r)} />
                    <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('inbox.settings.removeOf', { name: r.name })} onClick={() => remove.mutate(r)} />
                  </span>
                ),
            },
          ]}
        />
      </div>
      <RuleDialog rule={editing} next={(rules.data.items.at(-1)?.position ?? 0) + 10} onClose={() => setEditing(undefined)} onSaved={refresh} />
    </div>
  );
}

/** Which rule would answer a message now. */
function TryBox() {
  const { t } = useTranslation();
  const accounts = useAccountNames();
  const [text, setText] = useState('');
  const [account, setAccount] = useState<string>();
  const [first, setFirst] = useState(false);
  const ask = useMutation({ mutationFn: api.test });
  const answer = ask.data;
  return (
    <Card size="small" title={t('inbox.settings.try')}>
      <form
        className="fp-inbox-try"
        onSubmit={(e) => {
          e.preventDefault();
          if (text.trim()) ask.mutate({ text: text.trim(), account_id: account, first });
        }}
      >
        <Input value={text} maxLength={2000} placeholder={t('inbox.settings.tryText')} aria-label={t('inbox.settings.tryText')} onChange={(e) => setText(e.target.value)} />
        <Select allowClear value={account} placeholder={t('inbox.anyAccount')} aria-label={t('inbox.filterAccount')} onChange={setAccount} options={accounts.options} />
        <Checkbox checked={first} onChange={(e) => setFirst(e.target.checked)}>
          {t('inbox.settings.tryFirst')}
        </Checkbox>
        <Button htmlType="submit" loading={ask.isPending} disabled={!text.trim()}>
          {t('inbox.settings.tryNow')}
        </Button>
      </form>
      {ask.isError && <ProblemView error={ask.error} />}
      {answer && (
        <Alert
          className="fp-inbox-tried"
          data-tried={answer.rule?.name ?? ''}
          type={answer.rule || answer.human ? 'info' : 'warning'}
          showIcon
          role="status"
          title={answer.human ? t('inbox.settings.triedHuman') : answer.rule ? t('inbox.settings.tried', { name: answer.rule.name }) : t('inbox.settings.triedNone')}
          description={answer.rule && <bdi>{wordsOf(answer.rule.parts ?? [])}</bdi>}
        />
      )}
    </Card>
  );
}

interface Fields extends Omit<Rule, 'parts' | 'id'> {
  answer?: string;
}

function RuleDialog({ rule, next, onClose, onSaved }: { rule: Partial<Rule> | undefined; next: number; onClose: () => void; onSaved: () => Promise<unknown> }) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const accounts = useAccountNames();
  const [form] = Form.useForm<Fields>();
  const kind = Form.useWatch('kind', form);
  useEffect(() => {
    if (!rule) return;
    form.resetFields();
    form.setFieldsValue({ position: next, ...rule, answer: wordsOf((rule.parts ?? []).filter((p) => p.kind === 'text')) });
  }, [rule, next, form]);
  const save = useMutation({
    mutationFn: ({ answer, words, minutes, ...v }: Fields) => {
      const others = (rule?.parts ?? []).filter((p) => p.kind !== 'text');
      const parts = [...(answer?.trim() ? [{ kind: 'text', text: answer.trim() }] : []), ...others];
      return api.save({ ...v, id: rule?.id ?? '', enabled: rule?.enabled ?? true, parts, words: aboutWords(v.kind) ? words : [], minutes: v.kind === 'no_answer' ? minutes : 0 });
    },
    onError: (error) => {
      if (!showFieldErrors(form, error)) notify(error);
    },
    onSuccess: async () => {
      onClose();
      await onSaved();
    },
  });
  return (
    <Modal open={rule !== undefined} title={rule?.id ? t('inbox.settings.editRule') : t('inbox.settings.addRule')} onCancel={onClose} okText={t('common.save')} okButtonProps={{ loading: save.isPending }} onOk={form.submit} width={560} destroyOnHidden>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => save.mutate(v)}>
        <Form.Item name="name" label={t('inbox.settings.ruleName')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="kind" label={t('inbox.settings.when')}>
          <Select options={kinds.map((k) => ({ value: k, label: t(`inbox.settings.kind.${k}`) }))} />
        </Form.Item>
        {aboutWords(kind) && (
          <Form.Item name="words" label={t(kind === 'regex' ? 'inbox.settings.patterns' : 'inbox.settings.words')} extra={t('inbox.settings.wordsHelp')} rules={[{ required: true, message: t('field.required') }]}>
            <Select mode="tags" open={false} tokenSeparators={kind === 'regex' ? [] : ['，', ',', '、']} maxCount={50} suffixIcon={null} />
          </Form.Item>
        )}
        {kind === 'no_answer' && (
          <Form.Item name="minutes" label={t('inbox.settings.minutes')} rules={[{ required: true, message: t('field.required') }]}>
            <InputNumber min={1} max={1440} precision={0} />
          </Form.Item>
        )}
        <Form.Item name="answer" label={t('inbox.settings.answer')} extra={t('inbox.settings.answerHelp')}>
          <Input.TextArea autoSize={{ minRows: 3, maxRows: 10 }} maxLength={4000} />
        </Form.Item>
        <Form.Item name="handover" valuePropName="checked">
          <Checkbox>{t('inbox.settings.handoverHelp')}</Checkbox>
        </Form.Item>
        <div className="fp-two">
          <Form.Item name="account_id" label={t('inbox.filterAccount')}>
            <Select allowClear placeholder={t('inbox.anyAccount')} options={accounts.options} />
          </Form.Item>
          <Form.Item name="position" label={t('inbox.settings.position')} extra={t('inbox.settings.positionHelp')}>
            <InputNumber min={0} max={10_000} precision={0} />
          </Form.Item>
        </div>
      </Form>
    </Modal>
  );
}
