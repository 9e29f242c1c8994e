import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form, Input, Modal, Select, Space, Switch, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { words as api, type WordList, type WordListInput } from '../../api/care';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';
import { useListKeys } from '../../ui/useListKeys';
import { TimeText } from '../../ui/values';
import { SaidText } from './SaidText';
import { useCareSearch } from './useCareSearch';
import { WordListDrawer } from './WordListDrawer';

/** The lists of sensitive words, and a place to try what they do. */
export function WordsTab() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const { search, go } = useCareSearch('words');
  const [edited, setEdited] = useState<WordList | 'new'>();
  const lists = useQuery({ queryKey: ['care', 'lists'], queryFn: api.lists });
  const items = lists.data?.items ?? [];
  const active = useListKeys(items.length, (i) => go({ words: items[i]?.id }));
  const fresh = () => queries.invalidateQueries({ queryKey: ['care', 'lists'] });
  const toggle = useMutation({ mutationFn: (l: WordList) => api.update(l.id, { enabled: !l.enabled }), onSuccess: fresh, onError: notify });
  const sample = useMutation({
    mutationFn: async () => {
      const l = await api.create({ name: t('care.words.sampleName'), category: t('care.words.sampleName'), direction: 'out', action: 'block' });
      await api.change(l.id, { add: t('care.words.sampleWords').split('\n').map((word) => ({ word })) });
    },
    onSuccess: fresh,
    onError: notify,
  });
  const write = may('care.settings');
  const create = write && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited('new')}>
      {t('care.words.create')}
    </Button>
  );
  if (lists.isError) return <ProblemView error={lists.error} onRetry={() => void lists.refetch()} />;
  if (lists.isPending) return <Loading rows={5} />;
  const chosen = items.find((l) => l.id === search.words);
  return (
    <>
      <div className="fp-toolbar">
        <TryBox />
        <span className="fp-end">{items.length > 0 && create}</span>
      </div>
      <DataTable<WordList>
        label={t('care.tab.words')}
        minWidth={820}
        rowKey="id"
        dataSource={items}
        rowClassName={(_, i) => (i === active ? 'fp-row-active' : '')}
        locale={{
          emptyText: (
            <EmptyState
              title={t('care.words.empty')}
              text={t('care.words.emptyText')}
              action={
                write && (
                  <Space>
                    {create}
                    <Button loading={sample.isPending} onClick={() => sample.mutate()}>
                      {t('care.words.sample')}
                    </Button>
                  </Space>
                )
              }
            />
          ),
        }}
        columns={[
          {
            title: t('care.words.name'),
            render: (_, l) => (
              <>
                <button type="button" className="fp-care-open fp-link-row" onClick={() => go({ words: l.id })}>
                  {l.name}
                </button>{' '}
                {l.category && <span className="fp-muted fp-small">{l.category}</span>}
              </>
            ),
          },
          { title: t('care.words.direction'), width: 90, render: (_, l) => t(`care.direction.${l.direction}`) },
          { title: t('care.words.action'), width: 120, render: (_, l) => <Tag color={l.action === 'block' ? 'red' : l.action === 'complaint' ? 'purple' : undefined}>{t(`care.action.${l.action}`)}</Tag> },
          { title: t('care.words.count'), width: 100, align: 'right', className: 'fp-num', render: (_, l) => f.number(l.words) },
          { title: t('care.words.exceptions'), width: 110, align: 'right', className: 'fp-num', render: (_, l) => f.number(l.exceptions) },
          { title: t('care.words.updated'), width: 120, render: (_, l) => <TimeText at={l.updated_at} /> },
          { title: t('care.words.enabled'), width: 80, render: (_, l) => <Switch size="small" checked={l.enabled} disabled={!write} loading={toggle.isPending && toggle.variables?.id === l.id} aria-label={`${t('care.words.enabled')} ${l.name}`} onChange={() => toggle.mutate(l)} /> },
          ...(write
            ? [
                {
                  title: '',
                  width: 90,
                  render: (_: unknown, l: WordList) => (
                    <Button size="small" aria-label={`${t('care.words.edit')} ${l.name}`} onClick={() => setEdited(l)}>
                      {t('care.words.edit')}
                    </Button>
                  ),
                },
              ]
            : []),
        ]}
      />
      {edited && <WordListDialog of={edited} onClose={() => setEdited(undefined)} onMade={(id) => go({ words: id })} />}
      {chosen && <WordListDrawer list={chosen} onClose={() => go({ words: undefined })} />}
    </>
  );
}

/** Tries a text as if it were about to be sent. */
function TryBox() {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const [text, setText] = useState('');
  const check = useMutation({ mutationFn: () => api.check(text), onError: notify });
  const v = check.data;
  const found = v ? [...new Set((v.hits ?? []).map((h) => h.word))].join('、') : '';
  return (
    <div className="fp-care-try">
      <Space.Compact>
        <Input
          value={text}
          maxLength={2000}
          placeholder={t('care.words.tryPlaceholder')}
          aria-label={t('care.words.try')}
          onChange={(e) => {
            setText(e.target.value);
            check.reset();
          }}
          onPressEnter={() => text.trim() && check.mutate()}
        />
        <Button disabled={!text.trim()} loading={check.isPending} onClick={() => check.mutate()}>
          {t('care.words.check')}
        </Button>
      </Space.Compact>
      {v && (
        <Alert
          showIcon
          type={v.blocked ? 'error' : found ? 'warning' : 'success'}
          role="status"
          title={v.blocked ? t('care.words.tryBlocked', { words: found }) : found ? t('care.words.tryHit', { words: found }) : t('care.words.tryClean')}
          description={found ? <SaidText text={text} hits={v.hits ?? []} /> : undefined}
        />
      )}
    </div>
  );
}

function WordListDialog({ of, onClose, onMade }: { of: WordList | 'new'; onClose: () => void; onMade: (id: string) => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const [form] = Form.useForm<WordListInput>();
  const save = useMutation({
    mutationFn: (v: WordListInput) => (of === 'new' ? api.create(v) : api.update(of.id, v)),
    onSuccess: async (l) => {
      void message.success(t('care.saved'));
      onClose();
      await queries.invalidateQueries({ queryKey: ['care', 'lists'] });
      if (of === 'new') onMade(l.id);
    },
    onError: (e) => {
      if (!showFieldErrors(form, e)) notify(e);
    },
  });
  const direction = Form.useWatch('direction', form);
  return (
    <Modal open title={of === 'new' ? t('care.words.create') : t('care.words.edit')} okText={t('care.save')} cancelText={t('common.cancel')} confirmLoading={save.isPending} onOk={form.submit} onCancel={onClose}>
      <Form<WordListInput>
        form={form}
        layout="vertical"
        initialValues={of === 'new' ? { direction: 'both', action: 'alert' } : { name: of.name, category: of.category, direction: of.direction, action: of.action }}
        onFinish={(v) => save.mutate(v)}
      >
        <Form.Item name="name" label={t('care.words.name')} rules={[{ required: true, whitespace: true, message: t('care.words.name') }]}>
          <Input autoFocus maxLength={60} />
        </Form.Item>
        <Form.Item name="category" label={t('care.words.category')} extra={t('care.words.categoryHelp')}>
          <Input maxLength={30} />
        </Form.Item>
        <Form.Item name="direction" label={t('care.words.direction')}>
          <Select options={(['both', 'out', 'in'] as const).map((v) => ({ value: v, label: t(`care.direction.${v}`) }))} onChange={(v: string) => (v !== 'in' && form.getFieldValue('action') === 'complaint') || (v === 'in' && form.getFieldValue('action') === 'block') ? form.setFieldValue('action', 'alert') : undefined} />
        </Form.Item>
        <Form.Item name="action" label={t('care.words.action')}>
          <Select
            options={(['alert', 'block', 'complaint'] as const).map((v) => ({ value: v, label: t(`care.action.${v}`), disabled: (v === 'block' && direction === 'in') || (v === 'complaint' && direction !== 'in') }))}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}
